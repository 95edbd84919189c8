/** target/dns - answers of name servers: ours, another's, truncated, or nonsense. */
import { decodeAnswer, encodeQuery } from '../../../lib/dns/message.js';
import type { RecordType } from '../../../lib/dns/resolver.js';
import packet from 'dns-packet';
import { Choices } from '../choices.js';
import { type FuzzTarget, must, mustBeUnpolluted } from '../target.js';

const name = 'example.test';
const types = ['A', 'AAAA', 'MX', 'TXT', 'CNAME', 'PTR', 'TLSA', 'NS', 'SOA', 'SRV'] as const;

function answer(choice: number, type: RecordType, answers: unknown[]): Buffer {
  const bytes = packet.encode({
    type: 'response',
    id: 7,
    flags: packet.RECURSION_DESIRED | packet.AUTHENTIC_DATA,
    questions: [{ type, name }],
    answers: answers as never,
  });
  return Buffer.concat([Buffer.from([choice]), bytes]);
}

export const dns: FuzzTarget = {
  name: 'dns',
  isBinary: true,
  maxLength: 65_536,
  seeds: [
    answer(0, 'A', [{ type: 'A', name, ttl: 60, data: '192.0.2.1' }]),
    answer(1, 'AAAA', [
      { type: 'CNAME', name, ttl: 9, data: 'x.test' },
      { type: 'AAAA', name: 'x.test', ttl: 60, data: '2001:db8::1' },
    ]),
    answer(2, 'MX', [{ type: 'MX', name, ttl: 60, data: { preference: 10, exchange: 'mx.test' } }]),
    answer(3, 'TXT', [{ type: 'TXT', name, ttl: 60, data: ['a', 'b'] }]),
    answer(6, 'TLSA', [
      {
        type: 'TLSA',
        name,
        ttl: 60,
        data: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32) },
      },
    ]),
    answer(8, 'SOA', [
      {
        type: 'SOA',
        name,
        data: { mname: 'a', rname: 'b', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 },
      },
    ]),
    answer(9, 'SRV', [
      { type: 'SRV', name, data: { port: 25, target: 'x', priority: 1, weight: 1 } },
    ]),
  ],
  words: [
    '\xc0\x0c',
    '\xc0\x00',
    '\x00\x01',
    '\x00\x05',
    '\x00\x0f',
    '\x00\x10',
    '\x00\x29',
    '\x00\x2e',
    '\xff\xff',
    '\x07example\x04test\x00',
  ],
  start() {
    const queries = types.map((type) => encodeQuery(7, name, type));
    must(queries.length === types.length, 'a type that cannot be asked for');
    return (input) => {
      const choices = new Choices(input);
      const type = choices.pick(types);
      const bytes = choices.rest();
      const decoded = decodeAnswer(bytes, 7, name, type);
      if (decoded.is !== 'answer') return;
      must(decoded.ttl >= 0 && !Number.isNaN(decoded.ttl), 'a bad time to live');
      if (decoded.answer.is === 'found')
        for (const record of decoded.answer.records) {
          must(typeof record.value === 'string', 'a record without a value');
          must(record.value.length <= 65_536 * 4, 'a value out of bounds');
        }
      mustBeUnpolluted();
    };
  },
};
