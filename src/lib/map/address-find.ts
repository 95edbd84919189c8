/**
 * map/address-find - looks an address up in a map with the keys of virtual(5) and canonical(5), in their order.
 *
 * user+ext@domain, user@domain, user+ext and user (where the domain is ours), @domain. Keys stand in tables in external
 * form (`"a b"@example.org`). Postfix: mail_addr_find(3), mail_addr_map(3).
 */
import type { Settings } from '../config/settings.js';
import { splitExtension } from '../protocol/address/extension.js';
import { parseAddressList } from '../protocol/address/list.js';
import { quoteAddress, quoteLocal, splitAddress } from '../protocol/address/quote.js';
import type { AddressClasses } from './address-class.js';
import type { Maps } from './maps.js';

export interface AddressFinder {
  readonly isEmpty: boolean;
  /** The value as it stands in the table. @throws {LookupError} */
  find(address: string): Promise<string | undefined>;
  /**
   * The value as addresses in internal form, not completed. `@domain` as value keeps the local part; an extension that
   * no key used is put on each where `propagate` is set. @throws {LookupError}
   */
  findAddresses(address: string): Promise<readonly string[] | undefined>;
}

export interface FinderOptions {
  /** propagate_unmatched_extensions has this kind of map. */
  readonly propagate: boolean;
}

export type FinderSettings = Pick<
  Settings,
  'recipient_delimiter' | 'owner_request_special' | 'myorigin'
>;

interface Found {
  readonly value: string;
  /** Delimiter and extension that no key used. */
  readonly unmatched: string;
}

export function createAddressFinder(
  maps: Maps,
  settings: FinderSettings,
  classes: AddressClasses,
  options: FinderOptions,
): AddressFinder {
  const origin = settings.myorigin.toLowerCase();

  async function lookUp(given: string): Promise<Found | undefined> {
    if (maps.isEmpty) return undefined;
    const address = given.toLowerCase();
    const { local, domain } = splitAddress(address);
    const { user, extension, delimiter } = splitExtension(
      local,
      settings.recipient_delimiter,
      settings.owner_request_special,
    );
    const unmatched = extension === undefined ? '' : `${delimiter}${extension}`;
    const full = await maps.find(quoteAddress(address));
    if (full !== undefined) return { value: full, unmatched: '' };
    if (domain !== undefined && extension !== undefined) {
      const bare = await maps.find(`${quoteLocal(user)}@${domain}`);
      if (bare !== undefined) return { value: bare, unmatched };
    }
    if (domain === undefined) return bareUser(user, extension, unmatched);
    if (domain === origin || (await classes.classOf(domain)) === 'local') {
      const own = await maps.find(quoteLocal(local), { noPatterns: true });
      if (own !== undefined) return { value: own, unmatched: '' };
      const bare = await bareUser(user, extension, unmatched);
      if (bare) return bare;
    }
    const catchAll = await maps.find(`@${domain}`, { noPatterns: true });
    // A catch-all says nothing about extensions: none is left over.
    return catchAll === undefined ? undefined : { value: catchAll, unmatched: '' };
  }

  async function bareUser(
    user: string,
    extension: string | undefined,
    unmatched: string,
  ): Promise<Found | undefined> {
    if (extension === undefined) return undefined;
    const value = await maps.find(quoteLocal(user), { noPatterns: true });
    return value === undefined ? undefined : { value, unmatched };
  }

  return {
    isEmpty: maps.isEmpty,
    find: async (address) => (await lookUp(address))?.value,
    async findAddresses(address) {
      const found = await lookUp(address);
      if (!found) return undefined;
      const { local } = splitAddress(address);
      return parseAddressList(found.value).map((target) => {
        if (target.startsWith('@')) return `${local}${target}`;
        return options.propagate ? withExtension(target, found.unmatched) : target;
      });
    },
  };
}

function withExtension(address: string, unmatched: string): string {
  if (unmatched === '') return address;
  const { local, domain } = splitAddress(address);
  return domain === undefined ? local + unmatched : `${local}${unmatched}@${domain}`;
}
