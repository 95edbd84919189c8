/**
 * cleanup/recipients - the envelope's recipients: completed, expanded by virtual_alias_maps, bcc added, no one twice.
 *
 * Postfix: cleanup_out_recipient.c, cleanup_map1n.c, been_here(3), virtual(5).
 */
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Rewrite } from '../../lib/ipc/conversation/rewrite.js';
import { dsnNotify, type Recipient } from '../../lib/ipc/envelope.js';
import { createAddressFinder, type AddressFinder } from '../../lib/map/address-find.js';
import { openMaps } from '../../lib/map/maps.js';
import { parseAddressList } from '../../lib/protocol/address/list.js';

/** An alias that names too much or itself: the message is not taken. */
export class ExpansionError extends Error {}

export interface RecipientExpansion {
  /** @throws {LookupError} a table is in trouble @throws {ExpansionError} */
  expand(
    recipients: readonly Recipient[],
    sender: string,
    noMappings: boolean,
  ): Promise<Recipient[]>;
}

export function createExpansion(
  settings: Settings,
  rewrite: Rewrite,
  dicts: DictOpener,
): RecipientExpansion {
  const virtual = createAddressFinder(
    openMaps(settings.virtual_alias_maps, dicts),
    settings,
    dicts,
  );
  const senderBcc = createAddressFinder(openMaps(settings.sender_bcc_maps, dicts), settings, dicts);
  const recipientBcc = createAddressFinder(
    openMaps(settings.recipient_bcc_maps, dicts),
    settings,
    dicts,
  );
  const canonical = (address: string): string => rewrite.rewrite(address, 'local');

  async function aliases(address: string): Promise<string[]> {
    if (virtual.isEmpty) return [address];
    const result: string[] = [];
    const queue: { address: string; depth: number }[] = [{ address, depth: 0 }];
    const seen = new Set<string>();
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      if (item.depth > settings.virtual_alias_recursion_limit) {
        throw new ExpansionError(
          `unreasonable ${settings.virtual_alias_maps} map nesting for ${address}`,
        );
      }
      const found = await virtual.find(item.address);
      if (found === undefined) {
        result.push(item.address);
        if (result.length > settings.virtual_alias_expansion_limit) {
          throw new ExpansionError(
            `unreasonable ${settings.virtual_alias_maps} map expansion size for ${address}`,
          );
        }
        continue;
      }
      const next = parseAddressList(found).map(canonical);
      for (const target of next) {
        const key = target.toLowerCase();
        // An alias that names itself among others delivers to itself.
        if (key === item.address.toLowerCase()) result.push(target);
        else if (!seen.has(key)) queue.push({ address: target, depth: item.depth + 1 });
        seen.add(key);
      }
    }
    return result;
  }

  async function bcc(finder: AddressFinder, address: string): Promise<string[]> {
    if (finder.isEmpty || address === '') return [];
    const found = await finder.find(address);
    return found === undefined ? [] : parseAddressList(found).slice(0, 1);
  }

  return {
    async expand(recipients, sender, noMappings) {
      const seen = new Set<string>();
      const result: Recipient[] = [];
      const add = (recipient: Recipient): void => {
        const original = settings.enable_original_recipient ? recipient.original : '';
        const key = `${original.toLowerCase()}\n${recipient.address.toLowerCase()}`;
        if (seen.has(key)) return;
        seen.add(key);
        result.push(recipient);
      };
      const addExpanded = async (recipient: Recipient): Promise<void> => {
        const address = canonical(recipient.address);
        const expanded = noMappings ? [address] : await aliases(address);
        for (const target of expanded) add({ ...recipient, address: target });
      };
      const addBcc = (address: string): Promise<void> =>
        addExpanded({ address, original: address, dsnNotify: dsnNotify.never });
      for (const recipient of recipients) {
        await addExpanded(recipient);
        if (!noMappings)
          for (const address of await bcc(recipientBcc, canonical(recipient.address)))
            await addBcc(address);
      }
      if (!noMappings && recipients.length > 0) {
        for (const address of await bcc(senderBcc, sender)) await addBcc(address);
        if (settings.always_bcc !== '') await addBcc(settings.always_bcc);
      }
      return result;
    },
  };
}
