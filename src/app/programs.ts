/**
 * app/programs - puts the programs of one role together in this process.
 *
 * The only place that knows all daemons: each gets what it needs handed in, and none knows where it runs.
 */
import { createAnvil } from '../daemon/anvil/main.js';
import { createCleanup } from '../daemon/cleanup/main.js';
import { createRewrite } from '../daemon/trivial-rewrite/main.js';
import type { QueueManager } from '../lib/ipc/conversation/queue-manager.js';
import { connectQueueManager } from '../lib/ipc/queue-manager-link.js';
import { openStore } from '../lib/queue/stores.js';
import { systemClock } from '../lib/sys/clock.js';
import { startEdgeSide } from './edge-side.js';
import type { ProgramOptions } from './options.js';
import { Parts } from './parts.js';
import { startQueueSide } from './queue-side.js';

export interface RunningPrograms {
  /** Takes no new work, finishes what is under way. */
  drain(): Promise<void>;
}

/** @throws {FatalError} a setting or a file that makes the start impossible */
export async function startPrograms(options: ProgramOptions): Promise<RunningPrograms> {
  const parts = new Parts(options);
  const store = await openStore({ directory: options.queueDirectory });
  const rewrite = createRewrite({
    settings: parts.settingsOf('rewrite'),
    log: parts.log('trivial-rewrite'),
    dicts: parts.dicts,
  });
  const shared = { ...parts.shared, rewrite, store };
  const edge = options.role !== 'queue';
  const queue = options.role !== 'edge';

  // The queue manager and cleanup know each other: cleanup tells it of new messages, bounce hands it new ones.
  let manager: QueueManager = unreachable;
  const forward: QueueManager = {
    arrived: (queueId) => manager.arrived(queueId),
    flushAll: () => manager.flushAll(),
    flushOne: (queueId) => manager.flushOne(queueId),
    flushSite: (domain) => manager.flushSite(domain),
    changed: (queueId) => manager.changed(queueId),
  };
  const cleanup = createCleanup({
    ...shared,
    settings: parts.settingsOf('cleanup'),
    log: parts.log('cleanup'),
    queueDirectory: options.queueDirectory,
    queueManager: forward,
  });

  const queueSide = queue ? await startQueueSide(parts, { ...shared, cleanup }) : undefined;
  const link = queueSide
    ? undefined
    : connectQueueManager(parts.path('private/qmgr'), () => parts.options.sink.hurry());
  manager = queueSide?.manager ?? link ?? unreachable;
  queueSide?.start();

  const anvil = createAnvil({
    settings: parts.settings,
    log: parts.log('anvil'),
    clock: systemClock,
  });
  const edgeSide = edge
    ? startEdgeSide(parts, { ...shared, cleanup, anvil, queueManager: forward })
    : undefined;

  return {
    async drain() {
      edgeSide?.stopListening();
      await queueSide?.stop();
      if (queueSide) options.onQueueStopped();
      await edgeSide?.drain();
      anvil.stop();
      link?.close();
      parts.close();
      await store.close();
    },
  };
}

const unreachable: QueueManager = {
  arrived: () => undefined,
  flushAll: () => undefined,
  flushOne: () => undefined,
  flushSite: () => undefined,
  changed: () => undefined,
};
