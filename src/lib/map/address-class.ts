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
import { addressValue } from '../util/net-address.js';
import { domainList } from './match-list.js';

export interface AddressClasses {
  /** Domain is lower case or not; a literal `[192.0.2.1]` counts as ours when an interface has it. @throws {LookupError} */
  classOf(domain: string): Promise<AddressClass>;
}

export function createAddressClasses(settings: Settings, dicts: DictOpener): AddressClasses {
  const subdomains = new Set(splitList(settings.parent_domain_matches_subdomains));
  const list = (
    name: 'mydestination' | 'relay_domains' | 'virtual_alias_domains' | 'virtual_mailbox_domains',
  ) => domainList(settings[name], dicts, { matchSubdomains: subdomains.has(name) });
  const local = list('mydestination');
  const virtualAlias = list('virtual_alias_domains');
  const virtualMailbox = list('virtual_mailbox_domains');
  const relay = list('relay_domains');
  const own = ownAddresses(settings);
  return {
    async classOf(domain) {
      if (domain.startsWith('[')) return isOwnLiteral(domain, own) ? 'local' : 'default';
      if (await local.match(domain)) return 'local';
      if (await virtualAlias.match(domain)) return 'virtual-alias';
      if (await virtualMailbox.match(domain)) return 'virtual-mailbox';
      if (await relay.match(domain)) return 'relay';
      return 'default';
    },
  };
}

function isOwnLiteral(domain: string, own: ReadonlySet<string>): boolean {
  const address = addressValue(domain.slice(1, -1).replace(/^ipv6:/i, ''));
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
