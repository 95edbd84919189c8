/**
 * smtp/outgoing - mail as another server is to see it: smtp_generic_maps, smtp_header_checks and their like.
 *
 * Addresses of envelope and header become others, fields and lines are looked at as the message streams by. The queue
 * keeps what it has. Postfix: smtp_map11.c, smtp_proto.c, header_body_checks.c. Tables: generic(5), header_checks(5).
 */
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Rewrite } from '../../lib/ipc/conversation/rewrite.js';
import type { DeliveryRequest } from '../../lib/ipc/delivery.js';
import { createAddressClasses } from '../../lib/map/address-class.js';
import { type AddressFinder, createAddressFinder } from '../../lib/map/address-find.js';
import { type ContentTables, openContentTables } from '../../lib/map/content-check.js';
import { openMaps } from '../../lib/map/maps.js';
import { splitList } from '../../lib/util/list.js';
import type { ClientSettings } from './client-settings.js';
import { OutgoingContent, type OutgoingParts } from './outgoing-content.js';

/** How a message leaves. */
export interface Outgoing {
  readonly sender: string;
  /** The address that stands for a recipient's own. */
  readonly addressOf: (recipient: string) => string;
  /** Undefined: as it is in the queue. */
  readonly content: (() => AsyncIterable<Uint8Array>) | undefined;
}

export interface OutgoingRules {
  /** @throws {LookupError} */
  apply(request: DeliveryRequest): Promise<Outgoing>;
}

/** Undefined: nothing is set, mail leaves as it is. */
export function outgoingRules(parts: OutgoingParts): OutgoingRules | undefined {
  const { settings, all, dicts } = parts;
  const tables = tablesOf(settings, dicts);
  const generic = createAddressFinder(
    openMaps(settings.generic_maps, dicts, settings.nameOf('generic_maps')),
    all,
    createAddressClasses(all, dicts),
    { propagate: splitList(all.propagate_unmatched_extensions.toLowerCase()).includes('generic') },
  );
  if (generic.isEmpty && tables.isEmpty) return undefined;
  const mapped = (address: string): Promise<string> => genericOf(address, generic, parts.rewrite);
  return {
    async apply(request) {
      const { sender } = request.envelope;
      const addresses = new Map<string, string>();
      for (const { address } of request.recipients) addresses.set(address, await mapped(address));
      return {
        sender: await mapped(sender),
        addressOf: (recipient) => addresses.get(recipient) ?? recipient,
        content: () => new OutgoingContent(request, { ...parts, tables, generic, mapped }).read(),
      };
    },
  };
}

async function genericOf(
  address: string,
  generic: AddressFinder,
  rewrite: Rewrite,
): Promise<string> {
  if (generic.isEmpty || address === '') return address;
  const [target] = (await generic.findAddresses(address)) ?? [];
  return target === undefined ? address : rewrite.rewrite(target, 'local');
}

function tablesOf(settings: ClientSettings, dicts: DictOpener): ContentTables {
  const prefix = settings.lmtp ? 'lmtp' : 'smtp';
  return openContentTables(
    {
      header: { parameter: `${prefix}_header_checks`, value: settings.header_checks },
      mime: { parameter: `${prefix}_mime_header_checks`, value: settings.mime_header_checks },
      nested: {
        parameter: `${prefix}_nested_header_checks`,
        value: settings.nested_header_checks,
      },
      body: { parameter: `${prefix}_body_checks`, value: settings.body_checks },
    },
    dicts,
  );
}
