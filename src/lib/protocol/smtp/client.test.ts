import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseOffers, ProtocolError, ReplyReader, type ServerReply } from './client.js';

function read(wire: string, cuts: readonly number[] = [], strict = false): ServerReply[] {
  const reader = new ReplyReader();
  reader.strict = strict;
  const bytes = Buffer.from(wire, 'latin1');
  const replies: ServerReply[] = [];
  let start = 0;
  for (const end of [...cuts, bytes.length]) {
    reader.receive(bytes.subarray(start, end));
    start = end;
    for (let reply = reader.next(); reply; reply = reader.next()) replies.push(reply);
  }
  return replies;
}

const brief = ({ code, dsn, text }: ServerReply): string => `${code} ${dsn} | ${text}`;

const rows: readonly [name: string, wire: string, replies: string[]][] = [
  ['a plain reply gets the code of its class', '220 hi\r\n', ['220 2.0.0 | 220 hi']],
  ['an enhanced code is taken', '550 5.1.1 no\r\n', ['550 5.1.1 | 550 5.1.1 no']],
  ['an enhanced code of another class is not', '550 2.1.1 no\r\n', ['550 5.0.0 | 550 2.1.1 no']],
  [
    'a reply of several lines is quoted whole; the last line has the say',
    '450-4.2.1 a\r\n450 4.2.2 b\r\n',
    ['450 4.2.2 | 450-4.2.1 a 450 4.2.2 b'],
  ],
  [
    'replies may come together',
    '250 a\r\n250 b\n354\r\n',
    ['250 2.0.0 | 250 a', '250 2.0.0 | 250 b', '354 5.5.0 | 354'],
  ],
  [
    'what is no reply goes before the one that follows',
    'hello\r\n220 x\r\n',
    ['220 2.0.0 | hello 220 x'],
  ],
  ['controls do not come through', '550 a\x1b[1m\0b\r\n', ['550 5.0.0 | 550 a?[1m?b']],
  ['UTF-8 does, other bytes do not', '550 \xc3\xa9\xe9\r\n', ['550 5.0.0 | 550 é?']],
  [
    'of an overlong line the beginning counts',
    `550 5.7.1 ${'x'.repeat(3000)}\r\n250 ok\r\n`,
    [`550 5.7.1 | 550 5.7.1 ${'x'.repeat(2038)}`, '250 2.0.0 | 250 ok'],
  ],
];

for (const [name, wire, replies] of rows) {
  test(`${name}, split at every byte`, () => {
    const step = Math.max(1, Math.floor(wire.length / 100));
    for (let at = 0; at <= wire.length; at += step)
      assert.deepEqual(read(wire, [at]).map(brief), replies, `split at ${at}`);
  });
}

test('once commands are pipelined, garbage is an error', () => {
  assert.throws(() => read('hello\r\n250 ok\r\n', [], true), ProtocolError);
});

test('a reply without end is an error, not memory', () => {
  assert.throws(() => read('250-x\r\n'.repeat(2000)), ProtocolError);
});

test('any bytes in any pieces give the same replies', () => {
  const piece = fc.constantFrom('250 ok', '250-a', '\r\n', '\n', '\r', '4', '-', ' ', 'x\0\xff');
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(80)), (parts, cuts) => {
      const wire = parts.join('');
      const sorted = cuts.filter((cut) => cut < wire.length).sort((a, b) => a - b);
      assert.deepEqual(read(wire, sorted), read(wire));
    }),
  );
});

test('keywords are read in any case, with their parameters', () => {
  const [reply] = read(
    '250-mx.example.org hi\r\n250-size 1000\r\n250-AUTH PLAIN\r\n250-AUTH=PLAIN LOGIN\r\n250 Dsn\r\n',
  );
  const offers = parseOffers(reply ?? { lines: [] });
  assert.equal(offers.name, 'mx.example.org');
  assert.equal(offers.size, 1000);
  assert.equal(offers.keywords.get('AUTH'), 'PLAIN PLAIN LOGIN');
  assert.ok(offers.keywords.has('DSN'));
});

test('ignored keywords are not offered, a bad size is none', () => {
  const offers = parseOffers(
    { lines: ['mx', 'PIPELINING', 'SIZE big', 'DSN'] },
    new Set(['PIPELINING']),
  );
  assert.deepEqual([...offers.keywords.keys()], ['SIZE', 'DSN']);
  assert.equal(offers.size, 0);
});

test('a reply that is CRs for the most part costs no more than another', () => {
  const reader = new ReplyReader();
  reader.receive(Buffer.from(`250 ${'\r'.repeat(500_000)}x\r\n250 ok\r\r\r\n`));
  assert.equal(reader.next()?.code, 250);
  assert.equal(reader.next()?.text, '250 ok');
});
