import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { QmqpPacket, type QmqpResult } from './packet.js';

const limits = { message: 1000, address: 100, recipients: 10 };
const netstring = (text: string | Buffer): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(`${bytes.length}:`), bytes, Buffer.from(',')]);
};
const packet = (...parts: string[]): Buffer => netstring(Buffer.concat(parts.map(netstring)));
const read = (bytes: Buffer | string): QmqpResult =>
  new QmqpPacket(limits).receive(Buffer.from(bytes));
const problem = (bytes: Buffer | string): string => {
  const result = read(bytes);
  return result.is === 'error' ? result.text : result.is;
};

test('a request is read, in whatever pieces it comes', () => {
  const bytes = packet('Subject: x\n\nhello\n', 'a@b', 'c@d', 'e@f');
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
      const reader = new QmqpPacket(limits);
      const ends = [...cuts.sort((a, b) => a - b), bytes.length];
      let from = 0;
      let result: QmqpResult = { is: 'more' };
      for (const end of ends) {
        assert.equal(result.is, from === bytes.length ? result.is : 'more');
        if (end > from) result = reader.receive(bytes.subarray(from, end));
        from = end;
      }
      assert.ok(result.is === 'request');
      assert.equal(result.content.toString(), 'Subject: x\n\nhello\n');
      assert.equal(result.sender.toString(), 'a@b');
      assert.deepEqual(result.recipients.map(String), ['c@d', 'e@f']);
    }),
  );
});

test('what is no request is said, with the place', () => {
  assert.match(problem('hello world\n'), /format error while receiving QMQP packet header/);
  assert.match(problem(netstring('')), /format error while receiving message content/);
  assert.match(problem(packet('x')), /format error while receiving sender address/);
  assert.match(problem('3:abc;'), /format error while receiving message content/);
  assert.match(problem(packet('y'.repeat(1001), 'a', 'b')), /exceeds storage limit .*content/);
  assert.match(problem(packet('x', 'y'.repeat(101), 'b')), /exceeds storage limit .*sender/);
  assert.match(problem(packet('x', 'a', ...Array<string>(11).fill('b'))), /too many recipients/);
  assert.equal(problem(packet('x', 'a', 'b').subarray(0, -1)), 'more');
  assert.match(problem('9'.repeat(40)), /format error/);
});
