/**
 * map/address-class - which of the five classes serves a domain; smtpd and the resolver ask the same code.
 *
 * Postfix: resolve.c, ADDRESS_CLASS_README.
 */
import os from 'node:os';
import type { Settings } from '../config/settings.js';
import type { DictOpener } from '../dict/opener.js';
import type { AddressClass } from '../ipc/conversation/rewrite.js';
import { splitList } from '../util/list.js';
import { literalAddress } from '../util/mail-domain.js';
import { addressValue } from '../util/net-address.js';
import { domainList, stringList } from './match-list.js';

export interface AddressClasses {
  /** Domain is lower case or not; a literal `[192.0.2.1]` counts as ours when an interface has it. @throws {LookupError} */
  classOf(domain: string): Promise<AddressClass>;
  /** Names of the parameters that list the domain, in the order in which they count; the first gives its class. */
  listsOf(domain: string): Promise<readonly ListParameter[]>;
}

export type ListParameter =
  | 'mydestination'
  | 'virtual_alias_domains'
  | 'virtual_mailbox_domains'
  | 'relay_domains';

const order: readonly (readonly [ListParameter, AddressClass])[] = [
  ['mydestination', 'local'],
  ['virtual_alias_domains', 'virtual-alias'],
  ['virtual_mailbox_domains', 'virtual-mailbox'],
  ['relay_domains', 'relay'],
];

export function createAddressClasses(settings: Settings, dicts: DictOpener): AddressClasses {
  const subdomains = new Set(splitList(settings.parent_domain_matches_subdomains));
  // Only relay_domains may mean subdomains too (parent_domain_matches_subdomains).
  const matchSubdomains = subdomains.has('relay_domains');
  const rows = order.map(([name, addressClass]) => ({
    name,
    addressClass,
    list:
      name === 'relay_domains'
        ? domainList(settings[name], dicts, name, { matchSubdomains })
        : stringList(settings[name], dicts, name),
  }));
  const own = ownAddresses(settings);
  return {
    async classOf(domain) {
      for (const { list, addressClass } of rows) {
        if (await list.match(domain)) return addressClass;
        if (addressClass === 'local' && domain.startsWith('[') && isOwnLiteral(domain, own))
          return 'local';
      }
      return 'default';
    },
    async listsOf(domain) {
      const names: ListParameter[] = [];
      for (const { list, name } of rows) if (await list.match(domain)) names.push(name);
      return names;
    },
  };
}

function isOwnLiteral(domain: string, own: ReadonlySet<string>): boolean {
  const address = literalAddress(domain);
  return address !== undefined && own.has(`${address.family} ${address.value}`);
}

/** Addresses that inet_interfaces and proxy_interfaces mean, as `family value`. */
export function ownAddresses(
  settings: Pick<Settings, 'inet_interfaces' | 'proxy_interfaces'>,
): Set<string> {
  const wanted = splitList(settings.inet_interfaces);
  const interfaces = Object.values(os.networkInterfaces()).flatMap((entries) => entries ?? []);
  const all = interfaces.map(({ address }) => address);
  const named = wanted.flatMap((name) => {
    if (name === 'all') return all;
    if (name === 'loopback-only')
      return interfaces.filter(({ internal }) => internal).map(({ address }) => address);
    return [name.replace(/^\[|\]$/g, '')];
  });
  const keys = [...named, ...splitList(settings.proxy_interfaces)].flatMap((address) => {
    const value = addressValue(address);
    return value ? [`${value.family} ${value.value}`] : [];
  });
  return new Set(keys);
}
