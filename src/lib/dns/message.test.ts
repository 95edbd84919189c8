import assert from 'node:assert/strict';
import { test } from 'node:test';
import packet, { type Packet } from 'dns-packet';
import fc from 'fast-check';
import { decodeAnswer, encodeQuery } from './message.js';
import type { RecordType } from './resolver.js';

interface Given {
  readonly id?: number;
  readonly flags?: number;
  readonly question?: string;
  readonly answers?: Packet['answers'];
  readonly authorities?: Packet['authorities'];
}

function answerTo(type: RecordType, given: Given): Buffer {
  return packet.encode({
    type: 'response',
    id: given.id ?? 7,
    flags: given.flags ?? 0,
    questions: [{ type, name: given.question ?? 'example.test' }],
    ...(given.answers ? { answers: given.answers } : {}),
    ...(given.authorities ? { authorities: given.authorities } : {}),
  });
}

const decode = (type: RecordType, given: Given): unknown =>
  decodeAnswer(answerTo(type, given), 7, 'Example.test', type);

const address = { type: 'A', name: 'host.example.test', ttl: 300, data: '192.0.2.1' } as const;

test('a query asks for one name with recursion and AD, and tells what size may come', () => {
  const query = packet.decode(encodeQuery(7, 'example.test', 'MX'));
  assert.equal(query.id, 7);
  assert.ok(query.flag_rd && query.flag_ad);
  assert.deepEqual(query.questions, [{ type: 'MX', name: 'example.test', class: 'IN' }]);
  assert.equal(query.additionals?.[0]?.type, 'OPT');
});

test('exchangers come with their preference; the root is the null MX', () => {
  const answers: Packet['answers'] = [
    {
      type: 'MX',
      name: 'example.test',
      ttl: 60,
      data: { preference: 10, exchange: 'mx.example.test' },
    },
    { type: 'MX', name: 'example.test', ttl: 30, data: { preference: 0, exchange: '.' } },
  ];
  assert.deepEqual(decode('MX', { answers, flags: packet.AUTHENTIC_DATA }), {
    is: 'answer',
    ttl: 30,
    answer: {
      is: 'found',
      authentic: true,
      records: [
        { type: 'MX', name: 'example.test', ttl: 60, preference: 10, value: 'mx.example.test' },
        { type: 'MX', name: 'example.test', ttl: 30, preference: 0, value: '' },
      ],
    },
  });
});

test('aliases are followed, and remembered no longer than the shortest of them', () => {
  const answers: Packet['answers'] = [
    { type: 'CNAME', name: 'example.test', ttl: 20, data: 'Alias.example.test' },
    { type: 'CNAME', name: 'alias.example.test', ttl: 100, data: 'host.example.test' },
    address,
    { ...address, name: 'other.example.test' },
  ];
  assert.deepEqual(decode('A', { answers }), {
    is: 'answer',
    ttl: 20,
    answer: {
      is: 'found',
      authentic: false,
      records: [{ type: 'A', name: 'host.example.test', ttl: 300, value: '192.0.2.1' }],
    },
  });
});

test('aliases that go round in a circle lead nowhere', () => {
  const answers: Packet['answers'] = [
    { type: 'CNAME', name: 'example.test', ttl: 20, data: 'b.test' },
    { type: 'CNAME', name: 'b.test', ttl: 20, data: 'example.test' },
  ];
  assert.deepEqual(decode('A', { answers }), {
    is: 'answer',
    ttl: 60,
    answer: { is: 'no-data', authentic: false },
  });
});

test('no such name and no such record are told apart, for as long as the zone says', () => {
  const authorities: Packet['authorities'] = [
    {
      type: 'SOA',
      name: 'test',
      ttl: 900,
      data: { mname: 'ns.test', rname: 'x.test', minimum: 40 },
    },
  ];
  const none = { authentic: false };
  assert.deepEqual(decode('A', { flags: 3, authorities }), {
    is: 'answer',
    ttl: 40,
    answer: { is: 'no-host', ...none },
  });
  assert.deepEqual(decode('A', { authorities }), {
    is: 'answer',
    ttl: 40,
    answer: { is: 'no-data', ...none },
  });
});

test('a server that fails may do better later, one that refuses does not', () => {
  assert.match(JSON.stringify(decode('A', { flags: 2 })), /"try-again"/);
  assert.match(JSON.stringify(decode('A', { flags: 5 })), /"failed"/);
});

test('an answer to another question, or with another id, is none', () => {
  assert.deepEqual(decode('A', { id: 8, answers: [address] }), { is: 'other' });
  assert.deepEqual(decode('A', { question: 'evil.test' }), { is: 'other' });
  assert.deepEqual(decodeAnswer(answerTo('MX', {}), 7, 'example.test', 'A'), { is: 'other' });
  assert.deepEqual(decodeAnswer(encodeQuery(7, 'example.test', 'A'), 7, 'example.test', 'A'), {
    is: 'other',
  });
});

test('a truncated answer says so', () => {
  assert.deepEqual(decode('A', { flags: packet.TRUNCATED_RESPONSE }), { is: 'truncated' });
});

test('no bytes whatever make it throw', () => {
  const whole = answerTo('A', { answers: [address], question: 'example.test' });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(whole.length), (noise, at) => {
      const mixed = Buffer.concat([whole.subarray(0, at), noise, whole.subarray(at)]);
      decodeAnswer(mixed, 7, 'example.test', 'A');
      decodeAnswer(whole.subarray(0, at), 7, 'example.test', 'A');
    }),
  );
});

test('an answer that claims more records than it has room for is none, before lists of that length are made', () => {
  const bytes = answerTo('A', { answers: [address] });
  for (const at of [4, 6, 8, 10]) {
    const lying = Buffer.from(bytes);
    lying.writeUInt16BE(0xffff, at);
    assert.deepEqual(decodeAnswer(lying, 7, 'example.test', 'A'), { is: 'other' });
  }
});
