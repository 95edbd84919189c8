/**
 * smtpd/recipient-maps - is there such a recipient (or sender) here?
 *
 * By class: local_recipient_maps, virtual aliases, virtual_mailbox_maps, relay_recipient_maps. An empty list means
 * that everyone exists. Postfix: smtpd_check.c check_rcpt_maps; LOCAL_RECIPIENT_README.
 */
import { isVerifySender } from '../../lib/util/verify-sender.js';
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { AddressClass, Route } from '../../lib/ipc/conversation/rewrite.js';
import type { AddressClasses } from '../../lib/map/address-class.js';
import { type AddressFinder, createAddressFinder } from '../../lib/map/address-find.js';
import { openMaps, type Maps } from '../../lib/map/maps.js';
import { splitExtension } from '../../lib/protocol/address/extension.js';
import { splitAddress } from '../../lib/protocol/address/quote.js';

export interface RecipientMaps {
  /** Undefined: known, or not ours to know. @throws {LookupError} */
  unknownIn(
    route: Extract<Route, { is: 'route' }>,
  ): Promise<UnknownTable | Undeliverable | undefined>;
}

export interface UnknownTable {
  readonly table: string;
  readonly code:
    | 'unknown_local_recipient_reject_code'
    | 'unknown_virtual_alias_reject_code'
    | 'unknown_virtual_mailbox_reject_code'
    | 'unknown_relay_recipient_reject_code';
}

/** It routes to error(8) or retry(8): the text that the transport would give. */
export interface Undeliverable {
  readonly refusal: string;
  readonly code: 450 | 550;
}

const tables: Partial<Record<AddressClass, UnknownTable>> = {
  local: { table: 'local recipient table', code: 'unknown_local_recipient_reject_code' },
  'virtual-alias': { table: 'virtual alias table', code: 'unknown_virtual_alias_reject_code' },
  'virtual-mailbox': {
    table: 'virtual mailbox table',
    code: 'unknown_virtual_mailbox_reject_code',
  },
  relay: { table: 'relay recipient table', code: 'unknown_relay_recipient_reject_code' },
};

export function createRecipientMaps(
  settings: Settings,
  dicts: DictOpener,
  classes: AddressClasses,
): RecipientMaps {
  // Whoever is mapped to another address is known; the other is looked at when mail is on its way to it.
  const mapped = (
    ['recipient_canonical_maps', 'canonical_maps', 'virtual_alias_maps'] as const
  ).map((name) =>
    createAddressFinder(openMaps(settings[name], dicts, name), settings, classes, {
      propagate: false,
    }),
  );
  const local = openMaps(settings.local_recipient_maps, dicts, 'local_recipient_maps');
  const mailboxes = openMaps(settings.virtual_mailbox_maps, dicts, 'virtual_mailbox_maps');
  const relay = openMaps(settings.relay_recipient_maps, dicts, 'relay_recipient_maps');

  async function isInTable(address: string, addressClass: AddressClass): Promise<boolean> {
    switch (addressClass) {
      case 'local':
        return local.isEmpty || hasAddress(local, address, settings.recipient_delimiter, true);
      case 'virtual-mailbox':
        return (
          mailboxes.isEmpty || hasAddress(mailboxes, address, settings.recipient_delimiter, false)
        );
      case 'relay':
        return relay.isEmpty || hasAddress(relay, address, settings.recipient_delimiter, false);
      case 'virtual-alias':
        return false;
      case 'default':
        return true;
    }
  }

  return {
    async unknownIn({ recipient, addressClass, transport, nexthop }) {
      if (isSpecial(recipient, settings)) return undefined;
      for (const maps of mapped) if (await hasAlias(maps, recipient)) return undefined;
      const table = tables[addressClass];
      // Of an unknown virtual alias the resolver says so by routing it to error(8).
      if (transport === settings.error_service_name && addressClass !== 'virtual-alias')
        return { refusal: nexthop, code: 550 };
      if (transport === 'retry') return { refusal: nexthop, code: 450 };
      return !table || (await isInTable(recipient, addressClass)) ? undefined : table;
    },
  };
}

async function hasAlias(aliases: AddressFinder, address: string): Promise<boolean> {
  return !aliases.isEmpty && (await aliases.find(address)) !== undefined;
}

/** user+ext@domain, user@domain, (for local: user+ext, user,) @domain. */
async function hasAddress(
  maps: Maps,
  given: string,
  delimiters: string,
  bare: boolean,
): Promise<boolean> {
  const address = given.toLowerCase();
  const { local, domain = '' } = splitAddress(address);
  const { user, extension } = splitExtension(local, delimiters);
  const keys = [address];
  if (extension !== undefined) keys.push(`${user}@${domain}`);
  if (bare) keys.push(local, ...(extension === undefined ? [] : [user]));
  for (const key of keys) if ((await maps.find(key)) !== undefined) return true;
  return (await maps.find(`@${domain}`, { noPatterns: true })) !== undefined;
}

/** The mail system's own: double bounces, and the postmaster, who always exists. */
function isSpecial(address: string, settings: Settings): boolean {
  const { local } = splitAddress(address);
  const { address_verify_sender: sender, address_verify_sender_ttl: ttl } = settings;
  return (
    local.toLowerCase() === settings.double_bounce_sender.toLowerCase() ||
    (ttl > 0 && isVerifySender(local, sender, ttl, Date.now()))
  );
}
