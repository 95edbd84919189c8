/** cleanup/core - what all messages of this program share. */
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { QueueManager } from '../../lib/ipc/conversation/queue-manager.js';
import type { Rewrite } from '../../lib/ipc/conversation/rewrite.js';
import type { Log } from '../../lib/log/log.js';
import type { QueueStore } from '../../lib/queue/store.js';
import type { Clock } from '../../lib/sys/clock.js';
import type { RecipientExpansion } from './recipients.js';

export interface CleanupParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Clock;
  readonly store: QueueStore;
  readonly rewrite: Rewrite;
  readonly dicts: DictOpener;
  readonly queueManager: QueueManager;
}

export interface CleanupCore extends CleanupParts {
  readonly expansion: RecipientExpansion;
  /** Header fields that never go on, lower case. */
  readonly droppedHeaders: ReadonlySet<string>;
}
