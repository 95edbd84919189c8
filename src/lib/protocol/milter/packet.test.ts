import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type Packet, packet, PacketReader, strings } from './packet.js';
import { MilterProtocolError } from './protocol-error.js';

const limit = 1000;

function read(reader: PacketReader): Packet[] {
  const packets: Packet[] = [];
  for (let next = reader.next(); next; next = reader.next()) packets.push(next);
  return packets;
}

test('packets come out as they went in, wherever the stream is cut', () => {
  const anyPacket = fc.record(
    {
      letter: fc.constantFrom('a', 'y', '+'),
      data: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(
      fc.array(anyPacket, { maxLength: 6 }),
      fc.integer({ min: 1, max: 9 }),
      (all, step) => {
        const stream = Buffer.concat(all.map(({ letter, data }) => packet(letter, data)));
        const reader = new PacketReader(limit);
        const found: Packet[] = [];
        for (let at = 0; at < stream.length; at += step) {
          reader.push(stream.subarray(at, at + step));
          found.push(...read(reader));
        }
        assert.deepEqual(found, all);
        assert.equal(reader.buffered, 0);
      },
    ),
    { numRuns: 50 },
  );
});

test('a packet longer than the limit, or of no length, is an error before it is kept', () => {
  for (const length of [0, limit + 1, 0xffff_ffff]) {
    const reader = new PacketReader(limit);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(length);
    reader.push(head);
    assert.throws(() => reader.next(), MilterProtocolError);
  }
});

test('a NUL ends a text, as it would in C', () => {
  assert.deepEqual(strings('a\0b', 'c'), Buffer.from('a\0c\0'));
});
