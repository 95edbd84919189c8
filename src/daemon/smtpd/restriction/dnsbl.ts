/**
 * restriction/dnsbl - reject_rbl_client, reject_rhsbl_*, permit_dnswl_client: lists of hosts and domains in the DNS.
 *
 * `list.example=127.0.0.[2;4..7]` accepts only such answers. Standard: RFC 5782.
 */
import { splitAddress } from '../../../lib/protocol/address/quote.js';
import { addressValue } from '../../../lib/util/net-address.js';
import { splitList } from '../../../lib/util/list.js';
import { type Check, dunno, permit, reject, type Verdict } from './check.js';
import { permitAuthDestination } from './relay.js';
import { rblReply } from './rbl-reply.js';

export async function rejectRblClient(check: Check, argument: string): Promise<Verdict> {
  const { address } = check.state.client;
  const query = reversed(address);
  if (query === undefined) return dunno;
  return listed(check, argument, query, 'Client host', address);
}

/** maps_rbl_domains, of before Postfix 2.1. */
export async function rejectMapsRbl(check: Check): Promise<Verdict> {
  check.core.warnOnce(
    'support for restriction "reject_maps_rbl" will be removed from Postfix; use "reject_rbl_client domain-name" instead',
  );
  for (const list of splitList(check.core.settings.maps_rbl_domains)) {
    const verdict = await rejectRblClient(check, list);
    if (verdict.is !== 'dunno') return verdict;
  }
  return dunno;
}

export async function permitDnswlClient(check: Check, argument: string): Promise<Verdict> {
  if (await wouldRelay(check)) return dunno;
  const query = reversed(check.state.client.address);
  return query !== undefined && (await lookup(check, argument, query)) !== undefined
    ? permit
    : dunno;
}

export async function permitRhswlClient(check: Check, argument: string): Promise<Verdict> {
  const { name } = check.state.client;
  if (name === 'unknown' || (await wouldRelay(check))) return dunno;
  return (await lookup(check, argument, name)) !== undefined ? permit : dunno;
}

/** A list of good hosts says nothing about who may relay. */
async function wouldRelay(check: Check): Promise<boolean> {
  return check.recipient !== undefined && (await permitAuthDestination(check)).is !== 'permit';
}

export const rejectRhsbl =
  (what: 'client' | 'reverse_client' | 'helo' | 'sender' | 'recipient') =>
  async (check: Check, argument: string): Promise<Verdict> => {
    const [domain, subject] = subjectOf(check, what);
    if (domain === undefined || domain === '' || domain === 'unknown' || domain.startsWith('['))
      return dunno;
    const label = {
      client: 'Client host',
      reverse_client: 'Unverified Client host',
      helo: 'Helo command',
      sender: 'Sender address',
      recipient: 'Recipient address',
    }[what];
    return listed(check, argument, domain, label, subject);
  };

function subjectOf(
  { state, sender, recipient }: Check,
  what: string,
): [string | undefined, string] {
  switch (what) {
    case 'client':
      return [state.client.name, state.client.name];
    case 'reverse_client':
      return [state.client.reverseName, state.client.reverseName];
    case 'helo':
      return [state.helo, state.helo];
    case 'sender':
      return [splitAddress(sender ?? '').domain, sender ?? ''];
    default:
      return [splitAddress(recipient ?? '').domain, recipient ?? ''];
  }
}

async function listed(
  check: Check,
  argument: string,
  query: string,
  label: string,
  shown: string,
): Promise<Verdict> {
  const reason = await lookup(check, argument, query);
  if (reason === undefined) return dunno;
  const list = argument.split('=')[0] ?? argument;
  return reject(await rblReply(check, { argument, list, class: label, what: shown, reason }));
}

/** Undefined: not listed. Otherwise the list's own reason (TXT), or ''. Trouble of the list counts as not listed. */
async function lookup(
  { core }: Check,
  argument: string,
  query: string,
): Promise<string | undefined> {
  const [list = '', filter] = argument.split('=');
  const name = `${query}.${list}`;
  const answer = await core.resolver.query(name, 'A');
  if (answer.is === 'try-again') {
    const why = answer.filtered
      ? `Error looking up name=${name} type=A`
      : `Host or domain name not found. Name service error for name=${name} type=A`;
    core.log.warning(`${name}: RBL lookup error: ${why}: ${answer.reason}`);
  }
  if (answer.is !== 'found') return undefined;
  if (filter !== undefined && !answer.records.some(({ value }) => matchesFilter(value, filter)))
    return undefined;
  const text = await core.resolver.query(name, 'TXT');
  return text.is === 'found' ? (text.records[0]?.value ?? '') : '';
}

/** `127.0.0.[2;4..7]` */
export function matchesFilter(address: string, filter: string): boolean {
  const octets = address.split('.');
  const patterns = filter.match(/\[[^\]]*\]|[^.]+/g) ?? [];
  return (
    patterns.length === octets.length &&
    patterns.every((pattern, index) => {
      const value = Number(octets[index]);
      return pattern
        .replace(/[[\]]/g, '')
        .split(';')
        .some((part) => {
          const [low, high = low] = part.split('..').map(Number);
          return low !== undefined && high !== undefined && value >= low && value <= high;
        });
    })
  );
}

function reversed(address: string): string | undefined {
  const found = addressValue(address);
  if (!found) return undefined;
  if (found.family === 4) return address.split('.').reverse().join('.');
  return Array.from(found.value.toString(16).padStart(32, '0')).reverse().join('.');
}
