/**
 * agent/mailbox/workers - who works as a user: this process itself, or a pool of helpers, one a user.
 *
 * Bounded: at most `maxHelpers`; the longest idle one makes room; idle ones end after a while.
 */
import type { Duplex } from 'node:stream';
import type { UserContext, UserWorkers } from '../../ipc/conversation/mailbox.js';
import type { Clock, Timer } from '../../sys/clock.js';
import { inProcessWorker } from './in-process.js';
import { RemoteWorker } from './remote-worker.js';

/** Everything is done as whoever this process is; for a server that root did not start. */
export function localUserWorkers(): UserWorkers {
  const workers = new Map<string, ReturnType<typeof inProcessWorker>>();
  return {
    async for({ directory }) {
      const known = workers.get(directory);
      if (known) return known;
      if (workers.size >= maxHelpers) workers.clear();
      const worker = inProcessWorker(directory);
      workers.set(directory, worker);
      return worker;
    },
    close: () => Promise.resolve(),
  };
}

const maxHelpers = 100;
const idleMs = 100_000; // max_idle's default

export interface HelperOptions {
  readonly spawn: (user: UserContext) => Promise<Duplex>;
  readonly clock: Clock;
}

export function createUserWorkers({ spawn, clock }: HelperOptions): UserWorkers {
  const helpers = new Map<string, Promise<RemoteWorker>>();
  const ready = new Map<string, RemoteWorker>();
  let sweep: Timer | undefined;

  const scheduleSweep = (): void => {
    sweep ??= clock.after(
      idleMs / 2,
      () => {
        sweep = undefined;
        for (const [key, worker] of ready) {
          if (worker.busy === 0 && clock.now() - worker.lastUsed > idleMs) end(key, worker);
        }
        if (ready.size > 0) scheduleSweep();
      },
      false,
    );
  };

  const end = (key: string, worker: RemoteWorker): void => {
    ready.delete(key);
    helpers.delete(key);
    worker.close();
  };

  const start = async (key: string, user: UserContext): Promise<RemoteWorker> => {
    if (helpers.size >= maxHelpers) {
      const idle = [...ready]
        .filter(([, worker]) => worker.busy === 0)
        .sort(([, a], [, b]) => a.lastUsed - b.lastUsed)[0];
      if (!idle) throw new Error('too many mailbox helpers are busy');
      end(...idle);
    }
    const starting = spawn(user).then((stream) => new RemoteWorker(stream));
    helpers.set(key, starting);
    try {
      const worker = await starting;
      ready.set(key, worker);
      scheduleSweep();
      return worker;
    } catch (error) {
      helpers.delete(key);
      throw error;
    }
  };

  return {
    async for(user) {
      const key = `${user.uid} ${user.gid} ${user.name} ${user.directory}`;
      let worker = await (helpers.get(key) ?? start(key, user));
      if (!worker.isUsable) {
        end(key, worker);
        worker = await start(key, user);
      }
      worker.lastUsed = clock.now();
      return worker;
    },
    async close() {
      sweep?.cancel();
      for (const [key, worker] of ready) end(key, worker);
    },
  };
}
