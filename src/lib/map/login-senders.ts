/**
 * map/login-senders - local_login_sender_maps: which envelope senders a login may use.
 *
 * A table's value is a list of patterns: `*`, `@domain`, an address, and the key for the empty sender. Extensions of
 * the sender do not count. Postfix: login_sender_match.c, postconf(5) local_login_sender_maps.
 */
import type { Settings } from '../config/settings.js';
import type { DictOpener } from '../dict/opener.js';
import { splitAddress } from '../protocol/address/quote.js';
import { lookupUid } from '../sys/user.js';
import { splitList } from '../util/list.js';
import { openMaps } from './maps.js';

export interface LoginSenders {
  /** @param sender as it was given, not completed @throws {LookupError} */
  allows(uid: number, sender: string): Promise<boolean>;
}

export const everySender = 'static:*';

export function createLoginSenders(
  settings: Pick<
    Settings,
    | 'local_login_sender_maps'
    | 'empty_address_local_login_sender_maps_lookup_key'
    | 'recipient_delimiter'
  >,
  dicts: DictOpener,
): LoginSenders {
  const maps = openMaps(settings.local_login_sender_maps, dicts, 'local_login_sender_maps');
  const empty = settings.empty_address_local_login_sender_maps_lookup_key;
  return {
    async allows(uid, sender) {
      if (settings.local_login_sender_maps === everySender) return true;
      const login = lookupUid(uid)?.name ?? `uid:${uid}`;
      const patterns = splitList((await maps.find(login)) ?? '');
      return patterns.some((pattern) =>
        isAllowed(pattern, sender, empty, settings.recipient_delimiter),
      );
    },
  };
}

function isAllowed(pattern: string, sender: string, empty: string, delimiters: string): boolean {
  if (pattern === '*') return true;
  if (sender === '') return pattern === empty;
  const { local, domain } = splitAddress(sender);
  const at = domain === undefined ? '' : `@${domain}`;
  if (pattern.startsWith('@')) return equal(pattern, at);
  return equal(pattern, withoutExtension(local, delimiters) + at);
}

function withoutExtension(local: string, delimiters: string): string {
  const end = Array.from(local).findIndex(
    (letter, index) => index > 0 && delimiters.includes(letter),
  );
  return end < 0 ? local : local.slice(0, end);
}

function equal(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
