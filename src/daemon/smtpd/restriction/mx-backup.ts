/**
 * restriction/mx-backup - permit_mx_backup: the domain names this machine as an exchanger, though not as its best.
 *
 * Whoever owns a domain can name us, so permit_mx_backup_networks should say whose backup we are. Trouble with the DNS
 * makes a later refusal a temporary one. Postfix: permit_mx_backup() of smtpd_check.c.
 */
import type { DnsAnswer, DnsRecord, RecordType, Resolver } from '../../../lib/dns/resolver.js';
import { LookupError } from '../../../lib/map/match-list.js';
import { splitAddress } from '../../../lib/protocol/address/quote.js';
import { addressValue } from '../../../lib/util/net-address.js';
import { about, type Check, codeReply, dunno, permit, routeOf, type Verdict } from './check.js';
import { addressTrouble, dnsTrouble } from './dns-trouble.js';

export async function permitMxBackup(check: Check): Promise<Verdict> {
  const { recipient, core } = check;
  if (recipient === undefined) return dunno;
  const route = await routeOf(check, recipient);
  if (!route || (route.routed === true && !core.settings.allow_untrusted_routing)) return dunno;
  const { domain } = splitAddress(route.recipient);
  if (domain === undefined || route.addressClass !== 'default') return permit;
  if (domain.startsWith('[')) return dunno;
  const answer = await core.resolver.query(domain, 'MX');
  if (answer.is === 'try-again')
    deferIfReject(check, `Unable to look up mail exchanger information: ${dnsTrouble(answer)}`);
  // RFC 7505: a null MX names nobody.
  if (answer.is !== 'found' || answer.records.every(({ value }) => value === '')) return dunno;
  const best = Math.min(...answer.records.map(preferenceOf));
  const primaries = hostsOf(answer.records.filter((record) => preferenceOf(record) === best));
  const backups = hostsOf(answer.records.filter((record) => preferenceOf(record) > best));
  if (await includesUs(check, primaries)) return dunno;
  if (!(await includesUs(check, backups))) return dunno;
  return (await areAuthorized(check, primaries)) ? permit : dunno;
}

const preferenceOf = ({ preference }: DnsRecord): number => preference ?? 0;
const hostsOf = (records: readonly DnsRecord[]): string[] => records.map(({ value }) => value);

function deferIfReject(check: Check, why: string): void {
  const text = about(check.recipient ?? '', `Recipient address rejected: ${why}`);
  check.deferIfReject ??= codeReply(450, '4.4.4', text);
}

/** One of them is us by name (mydestination), else by address. */
async function includesUs(check: Check, hosts: readonly string[]): Promise<boolean> {
  const { classes, ownExchangers } = check.core;
  for (const host of hosts) if ((await classes.classOf(host)) === 'local') return true;
  for (const host of hosts) {
    const { addresses, trouble } = await addressesOf(check, check.core.hosts, host);
    if (trouble)
      deferIfReject(
        check,
        `Unable to look up mail exchanger host ${host}: ${addressTrouble(trouble.is)}`,
      );
    const isOurs = addresses.some((address) => {
      const value = addressValue(address);
      return value !== undefined && ownExchangers.has(`${value.family} ${value.value}`);
    });
    if (isOurs) return true;
  }
  return false;
}

/** permit_mx_backup_networks has every address of every best exchanger; empty: no one asks. */
async function areAuthorized(check: Check, hosts: readonly string[]): Promise<boolean> {
  const { mxBackupNetworks, log } = check.core;
  if (!mxBackupNetworks) return true;
  for (const host of hosts) {
    const { addresses, trouble } = await addressesOf(check, check.core.resolver, host);
    if (trouble) {
      const why = dnsTrouble(trouble);
      deferIfReject(check, `Unable to look up host ${host} as mail exchanger: ${why}`);
      return false;
    }
    for (const address of addresses) {
      try {
        if (!(await mxBackupNetworks.match(`${host}[${address}]`))) return false;
      } catch (error) {
        if (!(error instanceof LookupError)) throw error;
        log.warning(
          `permit_mx_backup_networks lookup error for address ${address} for ${host}: ${error.message}`,
        );
        deferIfReject(check, `Unable to verify host ${host} as mail exchanger`);
        return false;
      }
    }
  }
  return true;
}

interface Addresses {
  readonly addresses: readonly string[];
  /** There are none, and why. */
  readonly trouble?: DnsAnswer;
}

async function addressesOf({ core }: Check, resolver: Resolver, host: string): Promise<Addresses> {
  const types: readonly RecordType[] = core.addressTypes;
  const answers = await Promise.all(types.map((type) => resolver.query(host, type)));
  const addresses = answers.flatMap((answer) =>
    answer.is === 'found' ? answer.records.map(({ value }) => value) : [],
  );
  const [first] = answers;
  if (addresses.length > 0 || !first) return { addresses };
  return { addresses, trouble: answers.find(({ is }) => is === 'try-again') ?? first };
}
