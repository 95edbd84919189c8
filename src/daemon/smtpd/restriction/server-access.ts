/**
 * restriction/server-access - check_*_mx_access, _ns_access, _a_access: access(5) tables about the hosts behind a name.
 *
 * Each host by name, then by address; the first entry decides. A name that does not exist is not looked at. OK would let
 * in whoever names a good host as his own, so it is refused as a mistake. Postfix: check_server_access() in smtpd_check.c.
 */
import type { DnsAnswer } from '../../../lib/dns/resolver.js';
import { openMaps } from '../../../lib/map/maps.js';
import { splitAddress } from '../../../lib/protocol/address/quote.js';
import { clientLabel } from '../state.js';
import { type AccessCheck, addressKeys, hostKeys, perform } from './access.js';
import { type Check, codeReply, dunno, reject } from './check.js';
import { addressTrouble, dnsTrouble } from './dns-trouble.js';

export type ServerKind = 'MX' | 'NS' | 'A';
export type ServerSubject = 'client' | 'reverse_client_hostname' | 'helo' | 'sender' | 'recipient';

interface Named {
  /** Of the domain or host; '' for none. */
  readonly name: string;
  readonly label: string;
  /** As replies show it. */
  readonly subject: string;
}

export const checkServerAccess =
  (what: ServerSubject, kind: ServerKind): AccessCheck =>
  async (check, table, evaluate) => {
    const { name, label, subject } = namedBy(check, what);
    if (name === '' || name === 'unknown') return dunno;
    if (kind === 'NS' && name.startsWith('[')) return dunno;
    const { dicts, log } = check.core;
    const maps = openMaps(table, dicts, 'access table');
    const { isPattern } = dicts.open(table);
    for await (const keys of keysOf(check, name, kind, `${label} ${subject}`)) {
      for (const key of isPattern ? keys.slice(0, 1) : keys) {
        const value = await maps.find(key);
        if (value === undefined) continue;
        const context = { check, label, subject, enhanced: '5.7.1', table, entry: key, evaluate };
        const verdict = await perform(context, value);
        if (verdict.is !== 'permit') return verdict;
        const restriction = `check_${what}_${kind.toLowerCase()}_access`;
        log.warning(`restriction ${restriction} returns OK for ${subject}`);
        log.warning('this is not allowed for security reasons');
        log.warning('use DUNNO instead of OK if you want to make an exception');
        return reject(codeReply(451, '4.3.5', 'Server configuration error'));
      }
    }
    return dunno;
  };

function namedBy({ state, sender, recipient }: Check, what: ServerSubject): Named {
  const { client, helo } = state;
  switch (what) {
    case 'client':
      return { name: client.name, label: 'Client host', subject: clientLabel(client) };
    case 'reverse_client_hostname': {
      const { reverseName } = client;
      return { name: reverseName, label: 'Unverified Client host', subject: reverseName };
    }
    case 'helo':
      return { name: helo, label: 'Helo command', subject: helo };
    case 'sender':
      return { name: domainOf(sender), label: 'Sender address', subject: sender ?? '' };
    case 'recipient':
      return { name: domainOf(recipient), label: 'Recipient address', subject: recipient ?? '' };
  }
}

function domainOf(address: string | undefined): string {
  return address === undefined ? '' : (splitAddress(address).domain ?? '');
}

/** The keys of each host, then of each of its addresses. */
async function* keysOf(
  check: Check,
  name: string,
  kind: ServerKind,
  of: string,
): AsyncIterable<string[]> {
  const { hosts, log } = check.core;
  const literal = /^\[(?:ipv6:)?(.*)\]$/i.exec(name)?.[1];
  if (literal !== undefined) {
    yield addressKeys(literal.toLowerCase());
    return;
  }
  for (const host of await hostsOf(
    check,
    name,
    kind,
    of.endsWith(`@${name}`) ? of.slice(of.lastIndexOf(' ') + 1) : name,
  )) {
    yield hostKeys(check, host);
    let isFound = false;
    let trouble: DnsAnswer['is'] = 'no-data';
    for (const type of ['A', 'AAAA'] as const) {
      const answer = await hosts.query(host, type);
      if (answer.is !== 'found') {
        trouble = answer.is;
        continue;
      }
      isFound = true;
      for (const { value } of answer.records) yield addressKeys(value);
    }
    if (!isFound && kind !== 'A')
      log.warning(`Unable to look up ${kind} host ${host} for ${of}: ${addressTrouble(trouble)}`);
  }
}

/** @param whole what the name was taken from */
async function hostsOf(
  { core }: Check,
  name: string,
  kind: ServerKind,
  whole: string,
): Promise<string[]> {
  const domain = name.toLowerCase().replace(/\.$/, '');
  if (kind === 'A') return [domain];
  const ask = (of: string): Promise<DnsAnswer> => core.resolver.query(of, kind);
  let answer = await ask(domain);
  if (answer.is === 'found') return answer.records.flatMap(({ value }) => value || []);
  const isMissing = answer.is === 'no-data' || answer.is === 'no-host';
  // RFC 5321 section 5.1: a domain without MX is its own exchanger.
  if (isMissing && kind === 'MX') return [domain];
  let above = domain;
  while (kind === 'NS' && (answer.is === 'no-data' || answer.is === 'no-host')) {
    above = above.slice(above.indexOf('.') + 1);
    if (!above.includes('.')) break;
    answer = await ask(above);
  }
  if (answer.is === 'found') return answer.records.flatMap(({ value }) => value || []);
  core.log.warning(
    `Unable to look up ${kind} host for ${isMissing ? whole : name}: ${dnsTrouble(answer)}`,
  );
  return [];
}
