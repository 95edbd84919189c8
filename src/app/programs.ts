/**
 * app/programs - puts the programs of one role together in this process.
 *
 * The only place that knows all daemons: each gets what it needs handed in, and none knows where it runs.
 */
import { createAnvil } from '../daemon/anvil/main.js';
import { createCleanup } from '../daemon/cleanup/main.js';
import { createRewrite } from '../daemon/trivial-rewrite/main.js';
import type { QueueManager } from '../lib/ipc/conversation/queue-manager.js';
import type { Verify } from '../lib/ipc/conversation/verify.js';
import { connectQueueManager, type QueueManagerLink } from '../lib/ipc/queue-manager-link.js';
import type { Handover } from '../lib/queue/store.js';
import { openStore } from '../lib/queue/stores.js';
import { connectVerify } from '../lib/ipc/verify-link.js';
import { systemClock } from '../lib/sys/clock.js';
import { startEdgeSide } from './edge-side.js';
import type { ProgramOptions } from './options.js';
import { Parts } from './parts.js';
import { probeSettings } from './probe-settings.js';
import { createQueueSide, type QueueSide } from './queue-side.js';

export interface RunningPrograms {
  /** Begins to deliver, in the place of who has handed over. */
  takeOver(handover: Handover): Promise<void>;
  /** The one before is done with these messages. */
  handedBack(queueIds: readonly string[]): void;
  /**
   * Takes no new work and resolves when what is under way has ended. Patient: sessions and deliveries go on to their own
   * end, beside who comes next; otherwise sessions end after their message, and deliveries are cut short. May be called
   * again, by who has lost patience.
   */
  drain(patient: boolean): Promise<void>;
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
  const probeRewrite = createRewrite({
    settings: probeSettings(parts.settingsOf('rewrite')),
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

  const connect = (): QueueManagerLink =>
    connectQueueManager(parts.path('private/qmgr'), () => parts.options.sink.hurry());
  const queueSide = queue
    ? createQueueSide(parts, { ...shared, cleanup, probeRewrite })
    : undefined;
  let link = queueSide ? undefined : connect();
  if (link) manager = link;

  // Where the queue manager is: here, or in another process.
  const elsewhere = connectVerify(parts.path('private/verify'));
  let verify: Verify = queueSide?.verify ?? elsewhere;
  const anvil = createAnvil({
    settings: parts.settings,
    log: parts.log('anvil'),
    clock: systemClock,
  });
  const edgeSide = edge
    ? startEdgeSide(parts, {
        ...shared,
        cleanup,
        anvil,
        queueManager: forward,
        verify: { query: (address) => verify.query(address) },
      })
    : undefined;

  /** From now on new messages are for the queue manager that comes next. */
  async function retireQueue(side: QueueSide): Promise<void> {
    const handover = await side.retire((queueId) => options.onHandedBack(queueId));
    manager = link = connect();
    verify = elsewhere;
    options.onHandedOver(handover);
  }

  let beginning: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeAll());

  async function closeAll(): Promise<void> {
    anvil.stop();
    link?.close();
    elsewhere.close();
    parts.close();
    await store.close();
  }

  return {
    async takeOver(handover) {
      if (!queueSide) return;
      beginning ??= queueSide.start(handover);
      await beginning;
      if (!link) manager = queueSide.manager;
    },
    handedBack: (queueIds) => queueSide?.handedBack(queueIds),
    async drain(patient) {
      edgeSide?.stopListening();
      await beginning;
      if (patient) {
        if (queueSide) await retireQueue(queueSide);
        await Promise.all([edgeSide?.drain(true), queueSide?.finish()]);
      } else {
        await queueSide?.stop();
        await edgeSide?.drain(false);
      }
      await close();
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
