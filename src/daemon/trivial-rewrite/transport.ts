/**
 * trivial-rewrite/transport - transport_maps: which keys are asked, and what a value means.
 *
 * Keys in order: user+ext@domain, user@domain, domain, parent domains, *. Postfix: transport.c, transport(5).
 */
import type { Settings } from '../../lib/config/settings.js';
import { domainKeys } from '../../lib/map/match-list.js';
import type { Maps } from '../../lib/map/maps.js';
import { splitExtension } from '../../lib/protocol/address/extension.js';
import { quoteAddress, quoteLocal, splitAddress } from '../../lib/protocol/address/quote.js';
import { splitList } from '../../lib/util/list.js';

/** A route in the making. `nexthop` empty: none chosen yet. */
export interface Draft {
  readonly transport: string;
  readonly nexthop: string;
  readonly reason: string;
}

/** `transport:nexthop` of a parameter or a table. */
export function parseDraft(text: string, reason: string): Draft {
  const colon = text.indexOf(':');
  if (colon < 0) return { transport: text.trim(), nexthop: '', reason };
  return { transport: text.slice(0, colon).trim(), nexthop: text.slice(colon + 1).trim(), reason };
}

export function createTransportLookup(
  settings: Settings,
  maps: Maps,
): (address: string, domain: string, draft: Draft) => Promise<Draft> {
  const subdomains = splitList(settings.parent_domain_matches_subdomains).includes(
    'transport_maps',
  );
  const isErrorService = (transport: string): boolean =>
    transport === settings.error_service_name || transport === 'retry';

  /** An empty transport keeps the one that is there; an empty next hop is the domain. `:` changes nothing. */
  function apply(value: string, draft: Draft, domain: string): Draft {
    const { transport, nexthop, reason } = parseDraft(value, 'transport_maps');
    if (transport === '') return nexthop === '' ? draft : { ...draft, nexthop, reason };
    if (nexthop !== '') return { transport, nexthop, reason };
    return {
      transport,
      nexthop: isErrorService(transport) ? 'Address is undeliverable' : domain,
      reason,
    };
  }

  return async (given, domain, draft) => {
    if (maps.isEmpty) return draft;
    const address = given.toLowerCase();
    const { local } = splitAddress(address);
    const full = await maps.find(quoteAddress(address));
    if (full !== undefined) return apply(full, draft, domain);
    const { user, extension } = splitExtension(
      local,
      settings.recipient_delimiter,
      settings.owner_request_special,
    );
    const lowerDomain = domain.toLowerCase();
    if (extension !== undefined) {
      const bare = await maps.find(`${quoteLocal(user)}@${lowerDomain}`);
      if (bare !== undefined) return apply(bare, draft, domain);
    }
    for (const key of [...domainKeys(lowerDomain, subdomains), '*']) {
      const found = await maps.find(key, { noPatterns: true });
      if (found !== undefined) return apply(found, draft, domain);
    }
    return draft;
  };
}
