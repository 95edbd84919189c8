/**
 * trivial-rewrite/resolve - the route of a recipient: transport, next hop, and the recipient as the transport gets it.
 *
 * Postfix: resolve.c, transport.c; transport(5) for the order of look-ups.
 */
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { AddressClass, Route } from '../../lib/ipc/conversation/rewrite.js';
import type { Log } from '../../lib/log/log.js';
import { createAddressClasses } from '../../lib/map/address-class.js';
import { openMaps } from '../../lib/map/maps.js';
import { splitAddress } from '../../lib/protocol/address/quote.js';
import { splitList } from '../../lib/util/list.js';
import { rewriteAddress } from './rewrite.js';

type Resolve = (recipient: string, sender: string) => Promise<Route>;

interface Draft {
  transport: string;
  nexthop: string;
  reason: string;
}

const maxRouting = 100; // rounds of user%host@us and the like

export function createResolve(settings: Settings, dicts: DictOpener, log: Log): Resolve {
  const classes = createAddressClasses(settings, dicts);
  const transportMaps = openMaps(settings.transport_maps, dicts);
  const relayhostMaps = openMaps(settings.sender_dependent_relayhost_maps, dicts);
  const defaultTransportMaps = openMaps(settings.sender_dependent_default_transport_maps, dicts);
  const subdomains = splitList(settings.parent_domain_matches_subdomains).includes(
    'transport_maps',
  );
  const nullLookupKey = '<>';

  /** Undoes routing through us: user%other@us, other!user@us, "user@other"@us. */
  async function unroute(
    recipient: string,
  ): Promise<{ address: string; domain: string; class: AddressClass }> {
    let address = recipient;
    for (let round = 0; round < maxRouting; round += 1) {
      const { local, domain = settings.myhostname } = splitAddress(address);
      const addressClass = await classes.classOf(domain);
      if (addressClass !== 'local' || !isRouted(local, settings))
        return { address, domain, class: addressClass };
      address = local.includes('@') ? local : rewriteAddress(local, 'local', settings);
      if (!settings.resolve_dequoted_address && local.includes('@'))
        return { address: recipient, domain, class: addressClass };
    }
    return { address, domain: splitAddress(address).domain ?? '', class: 'default' };
  }

  async function forClass(
    addressClass: AddressClass,
    domain: string,
    sender: string,
  ): Promise<Draft> {
    switch (addressClass) {
      case 'local':
        return fromSetting(settings.local_transport, domain, 'local_transport');
      case 'virtual-alias':
        return {
          transport: settings.error_service_name,
          nexthop: `5.1.1 User unknown${inTable(settings, 'virtual alias table')}`,
          reason: 'virtual_alias_domains',
        };
      case 'virtual-mailbox':
        return fromSetting(settings.virtual_transport, domain, 'virtual_transport');
      case 'relay':
        return relayhosted(
          fromSetting(settings.relay_transport, '', 'relay_transport'),
          domain,
          sender,
        );
      case 'default': {
        const own = await defaultTransportMaps.find(sender === '' ? nullLookupKey : sender);
        const byDomain = own ?? (await bySenderDomain(defaultTransportMaps, sender));
        const text =
          byDomain !== undefined && byDomain !== 'DUNNO' ? byDomain : settings.default_transport;
        return relayhosted(fromSetting(text, '', 'default_transport'), domain, sender);
      }
    }
  }

  async function relayhosted(draft: Draft, domain: string, sender: string): Promise<Draft> {
    if (draft.nexthop !== '') return draft;
    const own =
      (await relayhostMaps.find(sender === '' ? nullLookupKey : sender)) ??
      (await bySenderDomain(relayhostMaps, sender));
    if (own !== undefined && own !== 'DUNNO')
      return { ...draft, nexthop: own, reason: 'sender_dependent_relayhost_maps' };
    if (settings.relayhost !== '')
      return { ...draft, nexthop: settings.relayhost, reason: 'relayhost' };
    return { ...draft, nexthop: domain };
  }

  return async (recipient, sender) => {
    const given =
      recipient === '' ? `${settings.empty_address_recipient}@${settings.myhostname}` : recipient;
    const { address, domain, class: addressClass } = await unroute(given);
    if (
      /[\s\p{Cc}]/u.test(domain) ||
      domain === '' ||
      domain.includes('..') ||
      domain.startsWith('.')
    ) {
      return { is: 'bad-address', reason: 'bad address syntax' };
    }
    const draft = await forClass(addressClass, domain, sender);
    // A double bounce that has nowhere to go must not look for a place for ever.
    const mapped = await transportFor(address, domain, draft);
    if (addressClass === 'virtual-alias' && mapped === draft)
      log.debug(`${address}: no entry in virtual_alias_maps`);
    return { is: 'route', ...mapped, recipient: address, addressClass };
  };

  /** transport(5): user+ext@domain, user@domain, domain, .parent, *. */
  async function transportFor(address: string, domain: string, draft: Draft): Promise<Draft> {
    if (transportMaps.isEmpty) return draft;
    const { local } = splitAddress(address);
    const delimiter = [...settings.recipient_delimiter]
      .map((char) => local.indexOf(char))
      .filter((at) => at > 0);
    const bare =
      delimiter.length > 0 ? `${local.slice(0, Math.min(...delimiter))}@${domain}` : undefined;
    const lower = (text: string): string => text.toLowerCase();
    const full = [lower(address), ...(bare === undefined ? [] : [lower(bare)])];
    for (const key of full) {
      const found = await transportMaps.find(key);
      if (found !== undefined) return apply(found, draft, domain);
    }
    for (const key of transportDomainKeys(lower(domain), subdomains)) {
      const found = await transportMaps.find(key, { noPatterns: true });
      if (found !== undefined) return apply(found, draft, domain);
    }
    const any = await transportMaps.find('*', { noPatterns: true });
    return any === undefined ? draft : apply(any, draft, domain);
  }
}

function transportDomainKeys(domain: string, subdomains: boolean): string[] {
  const keys = [domain];
  for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
    keys.push(domain.slice(subdomains ? dot + 1 : dot));
  }
  return keys;
}

/** `transport:nexthop`: an empty part keeps (transport) or resets to the domain (nexthop) what was there. */
function apply(value: string, draft: Draft, domain: string): Draft {
  const colon = value.indexOf(':');
  const transport = colon < 0 ? value : value.slice(0, colon);
  const nexthop = colon < 0 ? '' : value.slice(colon + 1);
  if (transport === '')
    return nexthop === '' ? draft : { ...draft, nexthop, reason: 'transport_maps' };
  const isError = transport === 'error' || transport === 'retry' || transport === 'discard';
  return {
    transport,
    nexthop: nexthop !== '' || isError ? nexthop : domain,
    reason: 'transport_maps',
  };
}

function fromSetting(text: string, domain: string, reason: string): Draft {
  const colon = text.indexOf(':');
  if (colon < 0) return { transport: text, nexthop: domain, reason };
  return { transport: text.slice(0, colon), nexthop: text.slice(colon + 1) || domain, reason };
}

async function bySenderDomain(
  maps: ReturnType<typeof openMaps>,
  sender: string,
): Promise<string | undefined> {
  const { domain } = splitAddress(sender);
  return domain === undefined
    ? undefined
    : maps.find(`@${domain.toLowerCase()}`, { noPatterns: true });
}

function isRouted(local: string, settings: Settings): boolean {
  return (
    local.includes('@') ||
    (settings.allow_percent_hack && local.includes('%')) ||
    (settings.swap_bangpath && local.includes('!'))
  );
}

function inTable(settings: Settings, table: string): string {
  return settings.show_user_unknown_table_name ? ` in ${table}` : '';
}
