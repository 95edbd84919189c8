/**
 * master/master - keeps the workers running: start, restart with throttling, reload, stop.
 *
 * Invariants: sockets stay bound while a worker is replaced; two queue managers never run at once by our doing
 * (and if they did, the store refuses the older); a configuration that does not load changes nothing.
 */
import type { Configuration } from '../../lib/config/load.js';
import type { Log } from '../../lib/log/log.js';
import type { Clock, Timer } from '../../lib/sys/clock.js';
import type { Role } from '../../lib/server/worker-protocol.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { Listeners, planListeners } from './listeners.js';
import { nextWait } from './throttle.js';
import type { UserWorkerSpawner } from './user-workers.js';
import { WorkerHandle } from './worker-handle.js';

export interface MasterParts {
  readonly log: Log;
  readonly clock: Clock;
  readonly configDirectory: string;
  readonly workerProgram: string;
  readonly roles: readonly Role[];
  readonly owner?: { readonly name: string; readonly uid: number; readonly gid: number };
  readonly json: boolean;
  readonly userWorkers: UserWorkerSpawner;
  loadConfiguration(): Configuration;
  /** A first start that cannot succeed. */
  onFatal(text: string, exitStatus: number): void;
}

interface Slot {
  readonly role: Role;
  current?: WorkerHandle;
  startedAt: number;
  wait: number;
  timer?: Timer;
  wasReady: boolean;
}

const drainMs = 5_000; // as long as postfix-script waits for a stop
const maxDraining = 8; // old workers that still finish sessions after reloads

export class Master {
  readonly #parts: MasterParts;
  readonly #listeners = new Listeners();
  readonly #slots: Slot[];
  readonly #draining = new Set<WorkerHandle>();
  #stopping = false;
  #onIdle: (() => void) | undefined;

  constructor(parts: MasterParts) {
    this.#parts = parts;
    this.#slots = parts.roles.map((role) => ({ role, startedAt: 0, wait: 0, wasReady: false }));
  }

  /** Binds and starts everything; resolves when each worker has said that it is ready. @throws {FatalError} */
  async start(configuration: Configuration): Promise<void> {
    this.#listeners.update(await planListeners(configuration.services, configuration.settings));
    for (const slot of this.#slots) await this.#startWorker(slot);
  }

  /** New settings for new workers; the old finish their sessions. A configuration that is wrong changes nothing. */
  async reload(): Promise<void> {
    try {
      const configuration = this.#parts.loadConfiguration();
      this.#listeners.update(await planListeners(configuration.services, configuration.settings));
    } catch (error) {
      if (!(error instanceof FatalError)) throw error;
      this.#parts.log.error(`reload: ${error.message}; the old settings go on`);
      return;
    }
    for (const slot of this.#slots) await this.#replace(slot);
  }

  /** Lets workers finish for a few seconds, then ends them. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const slot of this.#slots) {
      slot.timer?.cancel();
      if (slot.current) this.#retire(slot.current);
      delete slot.current;
    }
    const hard = this.#parts.clock.after(drainMs, () => this.abort());
    await this.#idle();
    hard.cancel();
    this.#parts.userWorkers.stop();
  }

  /** Ends all workers now; what they had not acknowledged is lost to the peers, not to the queue. */
  abort(): void {
    this.#stopping = true;
    for (const slot of this.#slots) {
      slot.timer?.cancel();
      slot.current?.kill('SIGKILL');
    }
    for (const worker of this.#draining) worker.kill('SIGKILL');
    this.#parts.userWorkers.stop();
  }

  #idle(): Promise<void> {
    if (this.#draining.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#onIdle = resolve));
  }

  #retire(worker: WorkerHandle): void {
    this.#draining.add(worker);
    worker.drain();
    const [oldest] = this.#draining;
    if (this.#draining.size > maxDraining) oldest?.kill('SIGKILL');
  }

  /** A worker with a queue manager must stop it before the next one starts; edges may overlap. */
  async #replace(slot: Slot): Promise<void> {
    const old = slot.current;
    delete slot.current;
    slot.timer?.cancel();
    slot.wait = 0;
    if (!old) return this.#startWorker(slot);
    if (slot.role === 'edge') {
      await this.#startWorker(slot);
      this.#retire(old);
      return;
    }
    const stopped = this.#queueStopped(old);
    this.#retire(old);
    await stopped;
    await this.#startWorker(slot);
  }

  readonly #queueWaiters = new Map<WorkerHandle, () => void>();

  #queueStopped(worker: WorkerHandle): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#parts.clock.after(drainMs, () => {
        worker.kill('SIGKILL');
      });
      this.#queueWaiters.set(worker, () => {
        timer.cancel();
        this.#queueWaiters.delete(worker);
        resolve();
      });
    });
  }

  #startWorker(slot: Slot): Promise<void> {
    const { log, clock } = this.#parts;
    slot.startedAt = clock.monotonic();
    return new Promise((resolve) => {
      const worker: WorkerHandle = new WorkerHandle(
        {
          program: this.#parts.workerProgram,
          role: slot.role,
          configDirectory: this.#parts.configDirectory,
          listeners: slot.role === 'queue' ? [] : this.#listeners.all,
          json: this.#parts.json,
          ...(this.#parts.owner === undefined ? {} : { owner: this.#parts.owner }),
        },
        {
          ready: () => {
            slot.wasReady = true;
            resolve();
          },
          queueStopped: () => this.#queueWaiters.get(worker)?.(),
          fatal: (text, exitStatus) => {
            if (slot.wasReady) log.error(text);
            else this.#parts.onFatal(text, exitStatus);
          },
          spawnUser: (user) => this.#parts.userWorkers.spawn(user),
          exited: (status) => {
            this.#queueWaiters.get(worker)?.();
            this.#exited(slot, worker, status);
            resolve();
          },
        },
      );
      slot.current = worker;
    });
  }

  #exited(slot: Slot, worker: WorkerHandle, status: string): void {
    if (this.#draining.delete(worker) && this.#draining.size === 0) this.#onIdle?.();
    if (slot.current !== worker) return;
    delete slot.current;
    if (this.#stopping) return;
    const { log, clock } = this.#parts;
    log.warning(
      `process ${this.#parts.workerProgram} (${slot.role}) pid ${worker.pid} ended: ${status}`,
    );
    slot.wait = nextWait(slot.wait, clock.monotonic() - slot.startedAt);
    if (slot.wait > 0) log.warning(`${slot.role}: starting again in ${slot.wait} ms -- throttling`);
    slot.timer = clock.after(slot.wait, () => {
      void this.#startWorker(slot);
    });
  }
}
