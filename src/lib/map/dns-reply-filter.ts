/**
 * map/dns-reply-filter - smtp_dns_reply_filter and its kin: tables that take records out of what the DNS answers.
 *
 * Each record is asked for as `name ttl IN type [preference] value`, host names with a dot at their end. Where nothing is
 * left of an answer, it counts as trouble that may pass. Postfix: dns_rr_filter.c.
 */
import type { DnsAnswer, DnsRecord, Resolver } from '../dns/resolver.js';
import type { DictOpener } from '../dict/opener.js';
import type { Log } from '../log/log.js';
import { type Maps, openMaps } from './maps.js';
import { LookupError } from './match-list.js';

const droppedAll = 'DNS reply filter drops all results';
const unusable = 'Invalid DNS reply filter syntax';

/** The resolver itself where no table is set. */
export function filterReplies(
  resolver: Resolver,
  { name: setting, tables }: { readonly name: string; readonly tables: string },
  { dicts, log }: { readonly dicts: DictOpener; readonly log: Log },
): Resolver {
  const maps = openMaps(tables, dicts, setting);
  if (maps.isEmpty) return resolver;
  return {
    async query(name, type) {
      const answer = await resolver.query(name, type);
      return answer.is === 'found' ? filtered(answer, { setting, maps, log }) : answer;
    },
    close: () => resolver.close(),
  };
}

async function filtered(
  answer: Extract<DnsAnswer, { is: 'found' }>,
  { setting, maps, log }: { readonly setting: string; readonly maps: Maps; readonly log: Log },
): Promise<DnsAnswer> {
  const records: DnsRecord[] = [];
  try {
    for (const record of answer.records) {
      const text = asText(record);
      const action = await maps.find(text.toLowerCase());
      if (action === undefined) records.push(record);
      else if (action.toUpperCase() === 'IGNORE') log.info(`ignoring DNS RR: ${text}`);
      else {
        log.warning(`${setting}: unknown DNS filter action: "${action}"`);
        return { is: 'try-again', reason: unusable, filtered: true };
      }
    }
  } catch (error) {
    if (!(error instanceof LookupError)) throw error;
    log.warning(error.message);
    return { is: 'try-again', reason: unusable, filtered: true };
  }
  return records.length > 0
    ? { ...answer, records }
    : { is: 'try-again', reason: droppedAll, filtered: true };
}

export function asText(record: DnsRecord): string {
  const { name, ttl, type, preference } = record;
  const shownPreference = type === 'MX' ? `${preference ?? 0} ` : '';
  return `${withDot(name)} ${ttl} IN ${type} ${shownPreference}${valueOf(record)}`;
}

const withDot = (host: string): string => (host.endsWith('.') ? host : `${host}.`);

function valueOf({ type, value, data }: DnsRecord): string {
  switch (type) {
    case 'MX':
    case 'NS':
    case 'PTR':
    case 'CNAME':
    case 'SRV':
    case 'SOA':
      return withDot(value);
    case 'TLSA':
      return `${value} ${Buffer.from(data ?? [])
        .toString('hex')
        .toUpperCase()}`;
    case 'A':
    case 'AAAA':
    case 'TXT':
      return value;
  }
}
