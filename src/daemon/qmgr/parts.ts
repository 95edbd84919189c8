/** qmgr/parts - what the queue manager is given. */
import type { Settings } from '../../lib/config/settings.js';
import type { Bounce } from '../../lib/ipc/conversation/bounce.js';
import type { Rewrite } from '../../lib/ipc/conversation/rewrite.js';
import type { Delivery, DeliveryAgent } from '../../lib/ipc/delivery.js';
import type { Log } from '../../lib/log/log.js';
import type { QueueStore } from '../../lib/queue/store.js';
import type { Clock } from '../../lib/sys/clock.js';

export interface QueueManagerParts {
  readonly settings: Settings;
  readonly log: Log;
  /** For outcomes that no agent had a part in: Postfix lets retry(8) log them. Default: log. */
  readonly retryLog?: Log;
  readonly clock: Clock;
  readonly store: QueueStore;
  readonly rewrite: Rewrite;
  readonly bounce: Bounce;
  /** Undefined: no such transport. */
  readonly agentFor: (transport: string) => DeliveryAgent | undefined;
  /** Routes of address probes; default: rewrite. */
  readonly probeRewrite?: Rewrite;
  /** Hears what a probe came to. */
  readonly probed?: (queueId: string, delivery: Delivery) => void;
  /** maxproc of the transport's line; 0: no limit. */
  readonly processLimit?: (transport: string) => number;
}
