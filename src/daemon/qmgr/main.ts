/**
 * NAME
 *   qmgr - the queue manager
 *
 * DESCRIPTION
 *   Takes due messages from the queue, groups their recipients by destination, hands them to delivery agents within
 *   each destination's concurrency window, and stores what came of it: done, tried again later, or returned to the
 *   sender.
 *
 * SEE ALSO
 *   postqueue(1), bounce(8), SCHEDULER_README of Postfix
 */
import type { QueueManager } from '../../lib/ipc/conversation/queue-manager.js';
import type { Handover } from '../../lib/queue/store.js';
import { Manager } from './manager.js';
import type { QueueManagerParts } from './parts.js';

export interface RunningQueueManager extends QueueManager {
  start(): void;
  /** Much has changed: looks through the whole queue. */
  rescan(): void;
  /** Begins nothing any more; see Manager. */
  retire(handedBack: (queueId: string) => void): Promise<Handover>;
  handedBack(queueIds: readonly string[]): void;
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export function createQueueManager(parts: QueueManagerParts): RunningQueueManager {
  return new Manager(parts);
}
