/** pickup/core - what pickup works with, and the settings it has evaluated once. */
import path from 'node:path';
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Bounce } from '../../lib/ipc/conversation/bounce.js';
import type { Cleanup, CleanupOptions } from '../../lib/ipc/conversation/cleanup.js';
import type { Log } from '../../lib/log/log.js';
import { createLoginSenders, type LoginSenders } from '../../lib/map/login-senders.js';
import { type MatchList, stringList } from '../../lib/map/match-list.js';
import type { Clock } from '../../lib/sys/clock.js';
import { splitList } from '../../lib/util/list.js';

export interface PickupParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Clock;
  readonly cleanup: Cleanup;
  readonly dicts: DictOpener;
  readonly queueDirectory: string;
  /** Tells the sender of mail that is refused for good; without it such mail is only set aside. */
  readonly bounce?: Bounce;
  /** Seconds between looks into the maildrop; 0: only when told. Default: 60. */
  readonly wakeup?: number | undefined;
}

export interface PickupCore extends PickupParts {
  readonly maildrop: string;
  /** Where files go that are no submissions. */
  readonly corrupt: string;
  /** Names that could neither be taken nor moved: warned about once. Bounded. */
  readonly ignored: Set<string>;
  /** When a file is tried again that was kept. No larger than the maildrop. */
  readonly retryAt: Map<string, number>;
  readonly authorized: MatchList;
  /** local_login_sender_maps. */
  readonly loginSenders: LoginSenders;
  readonly overrides: CleanupOptions['overrides'];
}

export function createCore(parts: PickupParts): PickupCore {
  const { settings, dicts, queueDirectory } = parts;
  const overrides = splitList(settings.receive_override_options);
  return {
    ...parts,
    maildrop: path.join(queueDirectory, 'maildrop'),
    corrupt: path.join(queueDirectory, 'corrupt'),
    ignored: new Set(),
    retryAt: new Map(),
    authorized: stringList(settings.authorized_submit_users, dicts, 'authorized_submit_users'),
    loginSenders: createLoginSenders(settings, dicts),
    overrides: {
      noAddressMappings: overrides.includes('no_address_mappings'),
      noHeaderBodyChecks: overrides.includes('no_header_body_checks'),
      noUnknownRecipientChecks: overrides.includes('no_unknown_recipient_checks'),
      noMilters: overrides.includes('no_milters'),
    },
  };
}
