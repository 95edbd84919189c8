/** map/recorded-resolver - questions to the DNS, told to whoever asks what a decision looked at. */
import type { LookupResult } from '../dict/dict.js';
import type { LookupListener } from '../dict/lookup-record.js';
import type { DnsAnswer, DnsRecord, Resolver } from '../dns/resolver.js';

export function recordedResolver(resolver: Resolver, onLookup: LookupListener): Resolver {
  return {
    async query(name, type) {
      const answer = await resolver.query(name, type);
      onLookup({ setting: 'DNS', table: type, key: name, result: resultOf(answer) });
      return answer;
    },
    close: () => {
      resolver.close();
    },
  };
}

function resultOf(answer: DnsAnswer): LookupResult {
  switch (answer.is) {
    case 'found':
      return { is: 'found', value: answer.records.map(textOf).join(', ') };
    case 'no-host':
    case 'no-data':
      return { is: 'not-found' };
    case 'try-again':
    case 'failed':
      return { is: 'error', reason: answer.reason };
  }
}

function textOf({ preference, value }: DnsRecord): string {
  return preference === undefined ? value : `${preference} ${value}`;
}
