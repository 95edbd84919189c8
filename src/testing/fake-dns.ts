/**
 * testing/fake-dns - a resolver that answers from a table in memory.
 *
 * `{ 'example.test MX': ['10 mx.example.test'], 'mx.example.test A': ['192.0.2.1'], 'bad.test MX': 'try-again' }`.
 * A name that has other records answers no-data, one that has none no-host.
 */
import type { DnsAnswer, DnsRecord, RecordType, Resolver } from '../lib/dns/resolver.js';

export type Zone = Readonly<
  Record<string, readonly string[] | 'try-again' | 'failed' | 'no-host' | 'no-data'>
>;

export interface FakeDns extends Resolver {
  /** `name type`, in order. */
  readonly asked: string[];
}

/** @param authentic all answers are vouched for */
export function fakeDns(zone: Zone = {}, authentic = false): FakeDns {
  const asked: string[] = [];
  const names = new Set(Object.keys(zone).map((key) => key.split(' ')[0]));
  return {
    asked,
    query(name, type): Promise<DnsAnswer> {
      asked.push(`${name} ${type}`);
      const entry = zone[`${name.toLowerCase()} ${type}`];
      return Promise.resolve(answerFor(entry, name, type, { names, authentic }));
    },
    close: () => undefined,
  };
}

function answerFor(
  entry: Zone[string] | undefined,
  name: string,
  type: RecordType,
  { names, authentic }: { names: ReadonlySet<string | undefined>; authentic: boolean },
): DnsAnswer {
  if (entry === undefined)
    return { is: names.has(name.toLowerCase()) ? 'no-data' : 'no-host', authentic };
  switch (entry) {
    case 'try-again':
    case 'failed':
      return { is: entry, reason: 'as the test wants it' };
    case 'no-host':
    case 'no-data':
      return { is: entry, authentic };
    default:
      return {
        is: 'found',
        authentic,
        records: entry.map((text) => record(text, name, type)),
      };
  }
}

/** `10 mx.example.test` is a preference and a name; `0 .` the null MX; a TLSA record `3 1 1 / hex`. */
function record(text: string, name: string, type: RecordType): DnsRecord {
  if (type === 'TLSA') {
    const [value = '', data = ''] = text.split(' / ');
    return { name, type, ttl: 60, value, data: Buffer.from(data, 'hex') };
  }
  if (type !== 'MX') return { name, type, ttl: 60, value: text };
  const [preference = '0', host = ''] = text.split(' ');
  return {
    name,
    type,
    ttl: 60,
    value: host === '.' ? '' : host,
    preference: Number(preference),
  };
}
