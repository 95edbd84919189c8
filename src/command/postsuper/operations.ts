/** postsuper/operations - what postsuper does to a message, a row for each option letter. Postfix: postsuper(1). */
import type { QueueStore } from '../../lib/queue/store.js';

export interface Operation {
  /** False: the message is not there, or there is nothing to do. */
  run(store: QueueStore, queueId: string): Promise<boolean>;
  /** After `ID: `; undefined: only counted. */
  readonly one: string;
  /** Before `: N messages`. */
  readonly total: string;
  /** The queue manager may have something to do afterwards. */
  readonly wakes: boolean;
}

const expire: Operation = {
  run: (store, id) => store.expire(id),
  one: 'expired',
  total: 'Force-expired',
  wakes: false,
};

const release: Operation = {
  run: (store, id) => store.releaseHold(id),
  one: 'released from hold',
  total: 'Released from hold',
  wakes: true,
};

export const operations: Readonly<Record<string, readonly Operation[]>> = {
  r: [
    {
      run: (store, id) => store.requeue(id),
      one: 'requeued',
      total: 'Requeued',
      wakes: true,
    },
  ],
  d: [
    {
      run: (store, id) => store.delete(id),
      one: 'removed',
      total: 'Deleted',
      wakes: false,
    },
  ],
  e: [expire],
  f: [expire, release],
  h: [
    {
      run: (store, id) => store.hold(id),
      one: 'placed on hold',
      total: 'Placed on hold',
      wakes: false,
    },
  ],
  H: [release],
};
