/** cleanup/core - what all messages of this program share: the parts handed in, and what is made of the settings once. */
import path from 'node:path';
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { QueueManager } from '../../lib/ipc/conversation/queue-manager.js';
import type { Rewrite } from '../../lib/ipc/conversation/rewrite.js';
import type { Log } from '../../lib/log/log.js';
import { createAddressClasses } from '../../lib/map/address-class.js';
import { type AddressFinder, createAddressFinder } from '../../lib/map/address-find.js';
import { type Maps, openMaps } from '../../lib/map/maps.js';
import { createMilterService, type MilterService } from '../../lib/milter/service.js';
import type { QueueStore } from '../../lib/queue/store.js';
import type { Clock } from '../../lib/sys/clock.js';
import { splitList } from '../../lib/util/list.js';
import { type ContentRules, contentRules } from './content/rules.js';
import { type AddressPlace, type Canonical, createCanonical } from './canonical.js';

const places = [
  'envelope_sender',
  'envelope_recipient',
  'header_sender',
  'header_recipient',
] as const satisfies readonly AddressPlace[];

export interface CleanupParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Clock;
  readonly store: Pick<QueueStore, 'begin'>;
  readonly rewrite: Rewrite;
  readonly dicts: DictOpener;
  readonly queueManager: QueueManager;
  /** As this process reaches it; default: where it stands. */
  readonly queueDirectory?: string;
}

export interface CleanupCore extends CleanupParts {
  /** Header fields that never go on, lower case. */
  readonly droppedFields: ReadonlySet<string>;
  /** Undefined: nothing of it is set. */
  readonly canonical: Canonical | undefined;
  readonly virtualAliases: AddressFinder;
  readonly senderBcc: AddressFinder;
  readonly recipientBcc: AddressFinder;
  /** For mail that no SMTP client sent; undefined: none. */
  readonly milters: MilterService | undefined;
  /** header_checks, body_checks and their like; undefined: none are set. */
  readonly contentRules: ContentRules | undefined;
  /** milter_header_checks */
  readonly milterHeaderChecks: Maps;
  /** Where large content waits for mail filters. */
  readonly scratchDirectory: string;
}

type AddressMap =
  | 'sender_canonical_maps'
  | 'recipient_canonical_maps'
  | 'canonical_maps'
  | 'virtual_alias_maps'
  | 'sender_bcc_maps'
  | 'recipient_bcc_maps';

export function createCore(parts: CleanupParts): CleanupCore {
  const { settings, dicts } = parts;
  const classes = createAddressClasses(settings, dicts);
  const finder = (setting: AddressMap, propagate: boolean): AddressFinder =>
    createAddressFinder(openMaps(settings[setting], dicts, setting), settings, classes, {
      propagate,
    });
  const propagating = new Set(splitList(settings.propagate_unmatched_extensions.toLowerCase()));
  const canonical = createCanonical({
    ...parts,
    maps: {
      sender: finder('sender_canonical_maps', propagating.has('canonical')),
      recipient: finder('recipient_canonical_maps', propagating.has('canonical')),
      both: finder('canonical_maps', propagating.has('canonical')),
    },
  });
  return {
    ...parts,
    canonical: places.some((place) => canonical.appliesTo(place)) ? canonical : undefined,
    droppedFields: new Set(
      splitList(settings.message_drop_headers).map((name) => name.toLowerCase()),
    ),
    virtualAliases: finder('virtual_alias_maps', propagating.has('virtual')),
    senderBcc: finder('sender_bcc_maps', false),
    recipientBcc: finder('recipient_bcc_maps', false),
    milters:
      settings.non_smtpd_milters === ''
        ? undefined
        : createMilterService(settings.non_smtpd_milters, {
            settings,
            log: parts.log,
            clock: parts.clock,
            queueDirectory: parts.queueDirectory ?? '.',
          }),
    contentRules: contentRules(settings, dicts),
    milterHeaderChecks: openMaps(settings.milter_header_checks, dicts, 'milter_header_checks'),
    scratchDirectory: path.join(parts.queueDirectory ?? '.', 'spool'),
  };
}
