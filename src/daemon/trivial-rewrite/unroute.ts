/**
 * trivial-rewrite/unroute - the recipient that is really meant: routing through us undone, the domain checked.
 *
 * `user%other@us`, `other!user@us` and `user@other@us` are `user@other`. Postfix: resolve.c.
 */
import type { Settings } from '../../lib/config/settings.js';
import type { AddressClass } from '../../lib/ipc/conversation/rewrite.js';
import type { AddressClasses } from '../../lib/map/address-class.js';
import { quoteLocal } from '../../lib/protocol/address/quote.js';
import { isDomainName, literalAddress } from '../../lib/util/mail-domain.js';
import { addressValue } from '../../lib/util/net-address.js';
import { rewriteAddress } from './rewrite.js';

export interface Final {
  readonly address: string;
  /** As written in the address. */
  readonly domain: string;
  readonly addressClass: AddressClass;
  /** The local part asks for more routing, which we do not do: relay control looks at this. */
  readonly routed: boolean;
}

const maxRouting = 100; // rounds of user%host@us and the like

/** Undefined: no mail can go to such an address. @throws {LookupError} */
export async function unroute(
  given: string,
  settings: Settings,
  classes: AddressClasses,
): Promise<Final | undefined> {
  let address = given === '' ? settings.empty_address_recipient : given;
  /** Ours, in which what is left without a domain lies. */
  let within = settings.myhostname;
  for (let round = 0; round < maxRouting; round += 1) {
    const { local, domain } = split(address, within, settings);
    if (domain === '') return undefined;
    const asksForRouting = isOurRouting(local, settings);
    // Without a domain it is ours, whatever lists have our name.
    const addressClass =
      asksForRouting && !address.includes('@') ? 'local' : await classes.classOf(domain);
    if (addressClass !== 'local' || !asksForRouting) {
      if (addressClass !== 'local' && !isDeliverable(domain)) return undefined;
      const user =
        local === '' && addressClass === 'local' ? settings.empty_address_recipient : local;
      return { address: `${user}@${domain}`, domain, addressClass, routed: /[@%!]/.test(local) };
    }
    within = domain;
    address = rewriteAddress(local, 'local', settings);
  }
  return undefined;
}

function split(
  address: string,
  within: string,
  settings: Settings,
): { local: string; domain: string } {
  const at = address.lastIndexOf('@');
  if (at < 0) return { local: address, domain: within };
  let domain = address.slice(at + 1);
  if (domain.endsWith('.') && domain.length > 1 && !domain.endsWith('..'))
    domain = domain.slice(0, -1);
  if (domain === '' && settings.resolve_null_domain) domain = within;
  if (domain.startsWith('[') && !domain.endsWith(']')) domain += ']';
  if (settings.resolve_numeric_domain && addressValue(domain)?.family === 4) domain = `[${domain}]`;
  return { local: address.slice(0, at), domain };
}

function isOurRouting(local: string, settings: Settings): boolean {
  if (!settings.resolve_dequoted_address && isWrittenQuoted(local)) return false;
  return (
    local.includes('@') ||
    (settings.allow_percent_hack && local.includes('%')) ||
    (settings.swap_bangpath && local.includes('!'))
  );
}

/** Source routes are none: they stand outside quotes. */
function isWrittenQuoted(local: string): boolean {
  return !/^@[^:]*:/.test(local) && quoteLocal(local) !== local;
}

function isDeliverable(domain: string): boolean {
  return domain.startsWith('[') ? literalAddress(domain) !== undefined : isDomainName(domain);
}
