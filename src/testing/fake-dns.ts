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

export function fakeDns(zone: Zone = {}): FakeDns {
  const asked: string[] = [];
  const names = new Set(Object.keys(zone).map((key) => key.split(' ')[0]));
  return {
    asked,
    query(name, type): Promise<DnsAnswer> {
      asked.push(`${name} ${type}`);
      return Promise.resolve(answerFor(zone[`${name.toLowerCase()} ${type}`], name, type, names));
    },
    close: () => undefined,
  };
}

function answerFor(
  entry: Zone[string] | undefined,
  name: string,
  type: RecordType,
  names: ReadonlySet<string | undefined>,
): DnsAnswer {
  if (entry === undefined)
    return { is: names.has(name.toLowerCase()) ? 'no-data' : 'no-host', authentic: false };
  switch (entry) {
    case 'try-again':
    case 'failed':
      return { is: entry, reason: 'as the test wants it' };
    case 'no-host':
    case 'no-data':
      return { is: entry, authentic: false };
    default:
      return {
        is: 'found',
        authentic: false,
        records: entry.map((text) => record(text, name, type)),
      };
  }
}

/** `10 mx.example.test` is a preference and a name; `0 .` the null MX. */
function record(text: string, name: string, type: RecordType): DnsRecord {
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
