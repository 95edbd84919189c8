/**
 * dns/message - a query as bytes, and an answer's bytes as a DnsAnswer; pure.
 *
 * An answer counts only when it repeats the id and the question. Standards: RFC 1035, RFC 6891, RFC 2308, RFC 7505.
 */
import packet, { type Answer, type DecodedPacket } from 'dns-packet';
import type { DnsAnswer, DnsRecord, RecordType } from './resolver.js';

const maxAliases = 16; // CNAMEs followed within one answer
const udpSize = 1232; // fits every path without fragments

export function encodeQuery(id: number, name: string, type: RecordType): Buffer {
  return packet.encode({
    type: 'query',
    id,
    // AD in a query asks for AD in the answer (RFC 6840 section 5.7).
    flags: packet.RECURSION_DESIRED | packet.AUTHENTIC_DATA,
    questions: [{ type, name }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: udpSize,
        flags: 0,
        options: [],
        extendedRcode: 0,
        ednsVersion: 0,
        flag_do: false,
      } as never,
    ],
  });
}

export type Decoded =
  | { readonly is: 'answer'; readonly answer: DnsAnswer; readonly ttl: number }
  | { readonly is: 'truncated' }
  /** Not an answer to this question: go on waiting. */
  | { readonly is: 'other' };

export function decodeAnswer(bytes: Buffer, id: number, name: string, type: RecordType): Decoded {
  if (!isPossible(bytes)) return { is: 'other' };
  let decoded: DecodedPacket;
  try {
    decoded = packet.decode(bytes);
  } catch {
    return { is: 'other' };
  }
  const [question] = decoded.questions ?? [];
  const isOurs =
    decoded.type === 'response' &&
    decoded.id === id &&
    question !== undefined &&
    question.type === type &&
    sameName(question.name, name);
  if (!isOurs) return { is: 'other' };
  if (decoded.flag_tc) return { is: 'truncated' };
  return interpret(decoded, name, type);
}

const headSize = 12;
const leastQuestion = 5; // the root's name, type, class

/** Whether so many questions and records have room in it: the library makes lists of the lengths that a packet claims. */
function isPossible(bytes: Buffer): boolean {
  if (bytes.length < headSize) return false;
  const count = [4, 6, 8, 10].reduce((sum, at) => sum + bytes.readUInt16BE(at), 0);
  return headSize + count * leastQuestion <= bytes.length;
}

const defaultNegativeTtl = 60;
const rcodeOf = (decoded: DecodedPacket): string =>
  (decoded as { rcode?: string }).rcode ?? 'NOERROR';

function interpret(decoded: DecodedPacket, name: string, type: RecordType): Decoded {
  const authentic = decoded.flag_ad;
  const answer = (value: DnsAnswer, ttl: number): Decoded => ({ is: 'answer', answer: value, ttl });
  switch (rcodeOf(decoded)) {
    case 'NOERROR':
      break;
    case 'NXDOMAIN':
      return answer({ is: 'no-host', authentic }, negativeTtl(decoded));
    case 'SERVFAIL':
      return answer({ is: 'try-again', reason: 'Host not found, try again' }, 0);
    default:
      return answer({ is: 'failed', reason: `Name server refused: ${rcodeOf(decoded)}` }, 0);
  }
  const answers = decoded.answers ?? [];
  const { final, aliasTtl } = followAliases(answers, name, type);
  const records = answers.flatMap((record) =>
    record.type === type && sameName(record.name, final) ? toRecords(record) : [],
  );
  if (records.length === 0) return answer({ is: 'no-data', authentic }, negativeTtl(decoded));
  const ttl = records.reduce((least, record) => Math.min(least, record.ttl), aliasTtl);
  return answer({ is: 'found', records, authentic }, ttl);
}

/** The name that holds the records, and how long the way there may be remembered. */
function followAliases(
  answers: readonly Answer[],
  name: string,
  type: RecordType,
): { readonly final: string; readonly aliasTtl: number } {
  let final = name;
  let aliasTtl = Infinity;
  if (type === 'CNAME') return { final, aliasTtl };
  for (let step = 0; step < maxAliases; step += 1) {
    const alias = answers.find((record) => record.type === 'CNAME' && sameName(record.name, final));
    if (alias?.type !== 'CNAME') break;
    final = alias.data;
    aliasTtl = Math.min(aliasTtl, alias.ttl ?? 0);
  }
  return { final, aliasTtl };
}

function toRecords(answer: Answer): DnsRecord[] {
  const base = { name: answer.name, ttl: (answer as { ttl?: number }).ttl ?? 0 };
  switch (answer.type) {
    case 'A':
    case 'AAAA':
    case 'NS':
    case 'PTR':
    case 'CNAME':
      return [{ ...base, type: answer.type, value: answer.data }];
    case 'MX': {
      const { preference = 0, exchange } = answer.data;
      return [
        {
          ...base,
          type: 'MX',
          preference,
          value: exchange === '.' ? '' : exchange.replace(/\.$/, ''),
        },
      ];
    }
    case 'TXT': {
      const parts = Array.isArray(answer.data) ? answer.data : [answer.data];
      return [{ ...base, type: 'TXT', value: parts.map((part) => part.toString()).join('') }];
    }
    case 'SRV':
      return [
        {
          ...base,
          type: 'SRV',
          value: answer.data.target,
          preference: answer.data.priority ?? 0,
          port: answer.data.port,
        },
      ];
    case 'TLSA': {
      const { usage, selector, matchingType, certificate } = answer.data;
      return [
        { ...base, type: 'TLSA', value: `${usage} ${selector} ${matchingType}`, data: certificate },
      ];
    }
    case 'SOA':
      return [{ ...base, type: 'SOA', value: answer.data.mname }];
    default:
      return [];
  }
}

/** RFC 2308 section 5: the lesser of the SOA's own time and its minimum. */
function negativeTtl(decoded: DecodedPacket): number {
  for (const record of decoded.authorities ?? []) {
    if (record.type === 'SOA')
      return Math.min(
        (record as { ttl?: number }).ttl ?? defaultNegativeTtl,
        record.data.minimum ?? defaultNegativeTtl,
      );
  }
  return defaultNegativeTtl;
}

function sameName(left: string, right: string): boolean {
  const plain = (name: string): string => name.toLowerCase().replace(/\.$/, '');
  return plain(left) === plain(right);
}
