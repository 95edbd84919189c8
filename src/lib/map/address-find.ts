/**
 * map/address-find - looks an address up in a map with the keys of virtual(5) and canonical(5), in their order.
 *
 * user+ext@domain, user@domain, user+ext and user (where the domain is ours), @domain; the extension that no key
 * used is put on the result. Postfix: mail_addr_find(3).
 */
import type { Settings } from '../config/settings.js';
import type { DictOpener } from '../dict/opener.js';
import { splitExtension } from '../protocol/address/extension.js';
import { splitAddress } from '../protocol/address/quote.js';
import { splitList } from '../util/list.js';
import { createAddressClasses } from './address-class.js';
import type { Maps } from './maps.js';

export interface AddressFinder {
  readonly isEmpty: boolean;
  /** The value; an unused extension is added to each bare address in it. @throws {LookupError} */
  find(address: string): Promise<string | undefined>;
}

export function createAddressFinder(
  maps: Maps,
  settings: Settings,
  dicts: DictOpener,
): AddressFinder {
  const delimiters = settings.recipient_delimiter;
  const propagates = splitList(settings.propagate_unmatched_extensions).includes('virtual');
  const classes = createAddressClasses(settings, dicts);
  return {
    isEmpty: maps.isEmpty,
    async find(given) {
      if (maps.isEmpty) return undefined;
      const address = given.toLowerCase();
      const { local, domain } = splitAddress(address);
      const { user, extension, delimiter } = splitExtension(local, delimiters);
      const full = await maps.find(address);
      if (full !== undefined) return full;
      const withExtension = (value: string): string =>
        propagates && extension !== undefined
          ? appendExtension(value, `${delimiter}${extension}`)
          : value;
      if (domain !== undefined && extension !== undefined) {
        const bare = await maps.find(`${user}@${domain}`);
        if (bare !== undefined) return withExtension(bare);
      }
      if (domain === undefined || (await isOurs(domain))) {
        const own = domain === undefined ? undefined : await maps.find(local);
        if (own !== undefined) return own;
        const bare = extension === undefined ? undefined : await maps.find(user);
        if (bare !== undefined) return withExtension(bare);
      }
      if (domain === undefined) return undefined;
      const catchAll = await maps.find(`@${domain}`, { noPatterns: true });
      // `@domain other@place` takes all; `@domain @other` keeps the local part.
      return catchAll?.startsWith('@') ? `${local}${catchAll}` : catchAll;
    },
  };

  async function isOurs(domain: string): Promise<boolean> {
    return (
      domain === settings.myorigin.toLowerCase() || (await classes.classOf(domain)) === 'local'
    );
  }
}

function appendExtension(value: string, suffix: string): string {
  if (/[|/":]/.test(value)) return value;
  return splitList(value, ', \t\n')
    .map((address) => {
      const { local, domain } = splitAddress(address);
      return domain === undefined ? local + suffix : `${local}${suffix}@${domain}`;
    })
    .join(', ');
}
