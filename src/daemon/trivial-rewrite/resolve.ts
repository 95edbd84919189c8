/**
 * trivial-rewrite/resolve - the route of a recipient: transport, next hop, and the recipient as the transport gets it.
 *
 * Postfix: resolve.c, transport.c, ADDRESS_CLASS_README.
 */
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Route } from '../../lib/ipc/conversation/rewrite.js';
import type { Log } from '../../lib/log/log.js';
import { createAddressClasses } from '../../lib/map/address-class.js';
import { type AddressFinder, createAddressFinder } from '../../lib/map/address-find.js';
import { type Maps, openLiteralMaps, openMaps } from '../../lib/map/maps.js';
import { createTransportLookup, type Draft, parseDraft } from './transport.js';
import { type Final, unroute } from './unroute.js';

type SenderLookup = (sender: string) => Promise<string | undefined>;
type Resolve = (recipient: string, sender: string) => Promise<Route>;

const maxNoted = 1000; // domains whose listing has been checked

export function createResolve(settings: Settings, dicts: DictOpener, log: Log): Resolve {
  const classes = createAddressClasses(settings, dicts);
  const finder = (maps: Maps): AddressFinder =>
    createAddressFinder(maps, settings, classes, { propagate: false });
  /** A table by sender; the null sender has a key of its own. */
  const bySender = (
    setting: 'sender_dependent_relayhost_maps' | 'sender_dependent_default_transport_maps',
    nullKey: string,
  ): SenderLookup => {
    const maps = openLiteralMaps(settings[setting], dicts, setting);
    const addresses = finder(maps);
    return async (sender) => {
      const value = await (sender === '' ? maps.find(nullKey) : addresses.find(sender));
      return value?.toUpperCase() === 'DUNNO' ? undefined : value;
    };
  };
  const senderRelayhost = bySender(
    'sender_dependent_relayhost_maps',
    settings.empty_address_relayhost_maps_lookup_key,
  );
  const senderTransport = bySender(
    'sender_dependent_default_transport_maps',
    settings.empty_address_default_transport_maps_lookup_key,
  );
  const relocated = finder(openMaps(settings.relocated_maps, dicts, 'relocated_maps'));
  const mapped = createTransportLookup(
    settings,
    openLiteralMaps(settings.transport_maps, dicts, 'transport_maps'),
  );
  const noted = new Set<string>();

  /** A domain in two lists: only the first counts, and the administrator hears of it once. */
  async function noteLists(domain: string): Promise<void> {
    const name = domain.toLowerCase();
    if (noted.has(name) || noted.size >= maxNoted) return;
    noted.add(name);
    const [first, ...others] = await classes.listsOf(name);
    for (const other of others) {
      if (first === 'mydestination' && other === 'relay_domains') continue;
      log.warning(`do not list domain ${name} in BOTH ${first ?? ''} and ${other}`);
    }
  }

  async function draftFor({ domain, addressClass }: Final, sender: string): Promise<Draft> {
    switch (addressClass) {
      case 'local':
        return withDomain(parseDraft(settings.local_transport, 'local_transport'), domain);
      case 'virtual-alias': {
        const table = settings.show_user_unknown_table_name ? ' in virtual alias table' : '';
        return {
          transport: settings.error_service_name,
          nexthop: `5.1.1 User unknown${table}`,
          reason: 'virtual_alias_domains',
        };
      }
      case 'virtual-mailbox':
        return withDomain(parseDraft(settings.virtual_transport, 'virtual_transport'), domain);
      case 'relay':
        return relayed(parseDraft(settings.relay_transport, 'relay_transport'), domain, sender);
      case 'default':
        return relayed(await defaultTransport(sender), domain, sender);
    }
  }

  async function defaultTransport(sender: string): Promise<Draft> {
    const own = await senderTransport(sender);
    if (own !== undefined) return parseDraft(own, 'sender_dependent_default_transport_maps');
    return parseDraft(settings.default_transport, 'default_transport');
  }

  async function relayed(draft: Draft, domain: string, sender: string): Promise<Draft> {
    if (draft.nexthop !== '') return draft;
    const own = await senderRelayhost(sender);
    if (own !== undefined)
      return { ...draft, nexthop: own, reason: 'sender_dependent_relayhost_maps' };
    if (settings.relayhost !== '')
      return { ...draft, nexthop: settings.relayhost, reason: 'relayhost' };
    return withDomain(draft, domain);
  }

  return async (recipient, sender) => {
    const final = await unroute(recipient, settings, classes);
    if (!final) return { is: 'bad-address', reason: 'bad address syntax' };
    const { address, domain, addressClass, routed } = final;
    if (addressClass !== 'default' && settings.helpful_warnings) await noteLists(domain);
    let draft = await draftFor(final, sender);
    if (addressClass !== 'virtual-alias') draft = await mapped(address, domain, draft);
    const moved = relocated.isEmpty ? undefined : await relocated.find(address);
    if (moved !== undefined) {
      draft = {
        transport: settings.error_service_name,
        nexthop: `5.1.6 User has moved to ${moved}`,
        reason: 'relocated_maps',
      };
    }
    if (draft.transport === '')
      return { is: 'try-again', reason: `${draft.reason}: no transport is named` };
    return {
      is: 'route',
      ...draft,
      recipient: address,
      addressClass,
      ...(routed ? { routed } : {}),
    };
  };
}

function withDomain(draft: Draft, domain: string): Draft {
  return draft.nexthop === '' ? { ...draft, nexthop: domain } : draft;
}
