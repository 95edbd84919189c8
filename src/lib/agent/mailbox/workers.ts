/**
 * agent/mailbox/workers - who works as a user: this process itself, or a pool of helpers, one a user.
 *
 * Bounded: at most `maxHelpers`; the longest idle one makes room, and where none is idle, one waits; idle ones end
 * after a while.
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
      if (workers.size >= maxKept) workers.clear();
      const worker = inProcessWorker(directory);
      workers.set(directory, worker);
      return worker;
    },
    close: () => Promise.resolve(),
  };
}

const maxKept = 1000;
const defaultMaxHelpers = 32; // some 40 MB each
const defaultIdleMs = 100_000; // max_idle's default

export interface HelperOptions {
  readonly spawn: (user: UserContext) => Promise<Duplex>;
  readonly clock: Clock;
  readonly maxHelpers?: number;
  readonly idleMs?: number;
}

export function createUserWorkers(options: HelperOptions): UserWorkers {
  return new Pool(options);
}

/** A helper that runs or is being started. */
interface Place {
  readonly starting: Promise<RemoteWorker>;
  worker: RemoteWorker | undefined;
  /** Handed out in this turn of the event loop: its request is about to come. */
  holds: number;
}

class Pool implements UserWorkers {
  readonly #options: HelperOptions;
  readonly #maxHelpers: number;
  readonly #idleMs: number;
  readonly #places = new Map<string, Place>();
  readonly #waiting: (() => void)[] = [];
  #single = 0;
  #sweep: Timer | undefined;
  #closed = false;

  constructor(options: HelperOptions) {
    this.#options = options;
    this.#maxHelpers = options.maxHelpers ?? defaultMaxHelpers;
    this.#idleMs = options.idleMs ?? defaultIdleMs;
  }

  async for(user: UserContext): Promise<RemoteWorker> {
    const { uid, gid, name, directory, purpose = '' } = user;
    let key = `${uid} ${gid} ${purpose} ${name} ${directory}`;
    if (purpose === 'spool-once') key += ` ${(this.#single += 1)}`;
    let place = this.#places.get(key);
    if (place?.worker?.isUsable === false) {
      this.#remove(key);
      place = undefined;
    }
    place ??= await this.#start(key, user);
    this.#hold(place);
    const worker = await place.starting;
    this.#hold(place);
    worker.lastUsed = this.#options.clock.now();
    return worker;
  }

  #hold(place: Place): void {
    place.holds += 1;
    setImmediate(() => {
      place.holds -= 1;
      if (place.holds === 0 && place.worker?.busy === 0) this.#wakeOne();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#sweep?.cancel();
    for (const key of [...this.#places.keys()]) this.#remove(key);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #start(key: string, user: UserContext): Promise<Place> {
    for (;;) {
      if (this.#closed) throw new Error('mailbox helpers are being stopped');
      const known = this.#places.get(key); // someone started it while we waited for room
      if (known) return known;
      if (this.#places.size < this.#maxHelpers || this.#makeRoom()) break;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const starting = this.#spawn(key, user);
    const place: Place = { starting, worker: undefined, holds: 0 };
    this.#places.set(key, place);
    starting.then(
      (worker) => {
        place.worker = worker;
        this.#scheduleSweep();
      },
      () => this.#remove(key),
    );
    return place;
  }

  async #spawn(key: string, user: UserContext): Promise<RemoteWorker> {
    const stream = await this.#options.spawn(user);
    return new RemoteWorker(stream, () => {
      // A helper for one request has done its work; any other has room for whoever waits.
      if (user.purpose === 'spool-once') this.#remove(key);
      else this.#wakeOne();
    });
  }

  /** The longest idle helper ends. False: all are busy. */
  #makeRoom(): boolean {
    let oldest: { key: string; lastUsed: number } | undefined;
    for (const [key, { worker, holds }] of this.#places) {
      if (!worker || holds > 0 || (worker.isUsable && worker.busy > 0)) continue;
      if (!oldest || worker.lastUsed < oldest.lastUsed) oldest = { key, lastUsed: worker.lastUsed };
    }
    if (!oldest) return false;
    this.#remove(oldest.key);
    return true;
  }

  #remove(key: string): void {
    const place = this.#places.get(key);
    if (!place) return;
    this.#places.delete(key);
    place.worker?.close();
    this.#wakeOne();
  }

  #wakeOne(): void {
    this.#waiting.shift()?.();
  }

  #scheduleSweep(): void {
    if (this.#closed) return;
    this.#sweep ??= this.#options.clock.after(
      Math.max(1, this.#idleMs / 2),
      () => {
        this.#sweep = undefined;
        const now = this.#options.clock.now();
        for (const [key, { worker }] of this.#places) {
          const isIdle = worker && worker.busy === 0 && now - worker.lastUsed >= this.#idleMs;
          if (worker?.isUsable === false || isIdle) this.#remove(key);
        }
        if (this.#places.size > 0) this.#scheduleSweep();
      },
      false,
    );
  }
}
