/** app/queue-side - the programs that deliver: qmgr, bounce, pickup, the agents, and what speaks to them. */
import { createBounce } from '../daemon/bounce/main.js';
import { createPickup } from '../daemon/pickup/main.js';
import { createQueueManager, type RunningQueueManager } from '../daemon/qmgr/main.js';
import { startShowq } from '../daemon/showq/main.js';
import { createVerify } from '../daemon/verify/main.js';
import { createUserWorkers, localUserWorkers } from '../lib/agent/mailbox/workers.js';
import { type ControlMessage, serveControl } from '../lib/ipc/control.js';
import type { Cleanup } from '../lib/ipc/conversation/cleanup.js';
import type { QueueManager } from '../lib/ipc/conversation/queue-manager.js';
import type { Verify } from '../lib/ipc/conversation/verify.js';
import type { Rewrite } from '../lib/ipc/conversation/rewrite.js';
import type { DeliveryAgent } from '../lib/ipc/delivery.js';
import { serveQueueManager } from '../lib/ipc/queue-manager-link.js';
import { serveVerify } from '../lib/ipc/verify-link.js';
import { createUserAcl, type UserAcl } from '../lib/map/user-acl.js';
import type { Handover, QueueStore } from '../lib/queue/store.js';
import { peerUid } from '../lib/sys/peer-user.js';
import { systemClock } from '../lib/sys/clock.js';
import { type AgentParts, agents } from './agents.js';
import type { Parts } from './parts.js';

export interface QueueSide {
  readonly manager: QueueManager;
  readonly verify: Verify;
  /** Begins to deliver, in the place of who has handed over. */
  start(handover: Handover): Promise<void>;
  /** The one before is done with these messages. */
  handedBack(queueIds: readonly string[]): void;
  /** Begins nothing any more, for another to go on. @param handedBack hears what we are done with */
  retire(handedBack: (queueId: string) => void): Promise<Handover>;
  /** After retire(): resolves when all deliveries have ended. */
  finish(): Promise<void>;
  /** Cuts deliveries short. */
  stop(): Promise<void>;
}

interface Needs {
  readonly store: QueueStore;
  readonly rewrite: Rewrite;
  /** Routes of address probes. */
  readonly probeRewrite: Rewrite;
  readonly cleanup: Cleanup;
}

export function createQueueSide(parts: Parts, needs: Needs): QueueSide {
  const { spawnUserWorker } = parts.options;
  const users = spawnUserWorker
    ? createUserWorkers({ spawn: spawnUserWorker, clock: systemClock })
    : localUserWorkers();
  const bounce = createBounce({
    ...parts.shared,
    settings: parts.settingsOf('bounce'),
    log: parts.log('bounce'),
    cleanup: needs.cleanup,
  });
  const verify = createVerify({
    ...parts.shared,
    settings: parts.settingsOf('verify'),
    log: parts.log('verify'),
    cleanup: needs.cleanup,
    rewrite: needs.rewrite,
  });
  const opened = new Map<string, DeliveryAgent | undefined>();
  const agentFor = (transport: string): DeliveryAgent | undefined => {
    if (!opened.has(transport))
      opened.set(transport, openAgent(parts, { ...needs, users, agentFor }, transport));
    return opened.get(transport);
  };
  const manager = createQueueManager({
    ...parts.shared,
    ...needs,
    settings: parts.settingsOf('qmgr'),
    log: parts.log('qmgr'),
    retryLog: parts.log('error'),
    bounce,
    agentFor,
    probeRewrite: needs.probeRewrite,
    probed: (queueId, delivery) => verify.result(queueId, delivery),
    processLimit: (transport) => processLimit(parts, transport),
  });
  const pickup = createPickup({
    ...parts.shared,
    settings: parts.settingsOf('pickup'),
    log: parts.log('pickup'),
    cleanup: needs.cleanup,
    bounce,
    queueDirectory: parts.options.queueDirectory,
    wakeup: parts.service('pickup')?.wakeup,
  });
  const flushUsers = createUserAcl({
    parameter: 'authorized_flush_users',
    list: parts.settings.authorized_flush_users,
    mailOwner: parts.settings.mail_owner,
    dicts: parts.dicts,
    log: parts.log('qmgr'),
  });
  const listen = async (): Promise<{ close(): unknown }[]> => [
    await serveQueueManager(parts.path('private/qmgr'), manager),
    await serveVerify(parts.path('private/verify'), verify),
    await serveControl(parts.path('public/qmgr'), {
      handle: (message) => control(manager, message),
      allows: (message, socket) => mayControl(flushUsers, message, peerUid(socket)),
    }),
    await serveControl(parts.path('public/pickup'), {
      handle: () => void pickup.scan(),
      allows: () => true,
    }),
    await startShowq({
      settings: parts.settingsOf('showq'),
      log: parts.log('showq'),
      dicts: parts.dicts,
      store: needs.store,
      path: parts.path('public/showq'),
    }),
  ];
  let servers: { close(): unknown }[] = [];
  /** Paths are free for the next one when this returns. */
  const stopListening = async (): Promise<void> => {
    for (const server of servers) server.close();
    servers = [];
    verify.stop();
    await pickup.stop();
  };
  const close = async (): Promise<void> => {
    await Promise.all([...opened.values()].flatMap((agent) => (agent ? [agent.close()] : [])));
    await users.close();
  };
  return {
    manager,
    verify,
    async start(handover) {
      needs.store.takeOver(handover);
      verify.start();
      servers = await listen();
      manager.start();
      pickup.start();
    },
    handedBack: (queueIds) => manager.handedBack(queueIds),
    async retire(handedBack) {
      await stopListening();
      return manager.retire(handedBack);
    },
    async finish() {
      await manager.idle();
      await close();
    },
    async stop() {
      await stopListening();
      await manager.stop();
      await close();
    },
  };
}

/** Flushes are for authorized_flush_users; what postsuper has to say is for those who can change the queue. */
function mayControl(
  flushUsers: UserAcl,
  message: ControlMessage,
  uid: number | undefined,
): Promise<boolean> | boolean {
  switch (message.op) {
    case 'flushAll':
    case 'flushOne':
    case 'flushSite':
      return flushUsers.allows(uid);
    case 'changed':
    case 'wakeup':
      return uid === undefined || uid === 0 || uid === process.getuid?.();
  }
}

/** What may be asked of the queue manager: tries, never contents. */
function control(manager: RunningQueueManager, message: ControlMessage): void {
  switch (message.op) {
    case 'flushAll':
      manager.flushAll();
      return;
    case 'flushOne':
      manager.flushOne(message.queueId);
      return;
    case 'flushSite':
      manager.flushSite(message.domain);
      return;
    case 'changed':
      manager.changed(message.queueId);
      return;
    case 'wakeup':
      manager.rescan();
      return;
  }
}

/** maxproc of the transport's line. */
function processLimit(parts: Parts, transport: string): number {
  return parts.service(transport)?.maxproc ?? parts.settings.default_process_limit;
}

/** The agent behind a transport: its line of master.cf names the program. Undefined: there is none. */
function openAgent(
  parts: Parts,
  needs: Omit<Needs, 'store'> & Pick<AgentParts, 'users' | 'agentFor'>,
  transport: string,
): DeliveryAgent | undefined {
  const service = parts.service(transport);
  // `retry` is the error program under another name.
  const program =
    service?.name === 'retry' && service.command === 'error' ? 'retry' : service?.command;
  const create = program === undefined ? undefined : agents[program];
  if (!service || !create) return undefined;
  const settings = parts.options.configuration.settingsFor(service);
  // As Postfix: a program's own name; `-o syslog_name` tells services apart.
  const log = parts.log(service.command, settings);
  return create({ ...parts.shared, ...needs, service, settings, log });
}
