/**
 * qmgr/scheduler - which delivery may start next; a pure function of what was added, what finished, and now.
 *
 * Transports take turns; within a transport the destinations with waiting work take turns; a destination starts as
 * many deliveries as its window allows. A destination in trouble, or a transport that is not there, is dead for a
 * while: what waits for it is given back to be deferred.
 * (Where a large job lets a small one pass, SCHEDULER_README's preemption, has its place in #nextOf.)
 */
import { ConcurrencyWindow, type WindowLimits } from './feedback.js';

export interface TransportLimits extends WindowLimits {
  /** Pause after each delivery to a destination, ms; then one at a time. */
  readonly rateDelayMs: number;
  /** Pause after the start of each delivery by the transport, ms. */
  readonly transportDelayMs: number;
  /** Deliveries of the transport at a time (maxproc of its line); 0: no limit. */
  readonly processLimit: number;
}

/** Work for one destination: recipients of one message. */
export interface Entry<Job> {
  readonly job: Job;
  readonly transport: string;
  /** Queue within the transport: next hop, or user@nexthop where recipients go one by one. */
  readonly queue: string;
}

export interface Dead {
  readonly dsn: string;
  readonly text: string;
}

interface DestinationQueue<Job> {
  readonly name: string;
  readonly waiting: Entry<Job>[];
  window: ConcurrencyWindow;
  /** Not before this time (rate delay), ms. */
  notBefore: number;
  dead?: { readonly until: number; readonly why: Dead };
}

interface Transport<Job> {
  readonly name: string;
  readonly limits: TransportLimits;
  readonly queues: Map<string, DestinationQueue<Job>>;
  /** Queues with waiting work, in the order of their turns. */
  ready: DestinationQueue<Job>[];
  busy: number;
  /** Not before this time (transport rate delay), ms. */
  notBefore: number;
  /** So many queues that it is time to look for idle ones. */
  sweepAt: number;
  dead?: { readonly until: number; readonly why: Dead };
}

const minSweep = 1000;

export class Scheduler<Job> {
  readonly #limitsOf: (transport: string) => TransportLimits;
  readonly #transports = new Map<string, Transport<Job>>();
  #turn: Transport<Job>[] = [];

  constructor(limitsOf: (transport: string) => TransportLimits) {
    this.#limitsOf = limitsOf;
  }

  /** Undefined: it waits for its turn. Otherwise its destination is dead: defer it for this reason. */
  add(entry: Entry<Job>, now: number): Dead | undefined {
    const transport = this.#transport(entry.transport);
    if (transport.dead && transport.dead.until > now) return transport.dead.why;
    this.#sweep(transport, now);
    const queue = this.#queue(transport, entry.queue);
    if (queue.dead) {
      if (queue.dead.until > now) return queue.dead.why;
      revive(transport, queue);
    }
    if (queue.waiting.push(entry) === 1) transport.ready.push(queue);
    return undefined;
  }

  /** The next delivery to start; it counts as under way until finished(). */
  next(now: number): Entry<Job> | undefined {
    for (let tried = 0; tried < this.#turn.length; tried += 1) {
      const transport = this.#turn.shift();
      if (!transport) return undefined;
      this.#turn.push(transport);
      const entry = this.#nextOf(transport, now);
      if (entry) return entry;
    }
    return undefined;
  }

  /** More entries wait for the same destination. */
  hasMore(entry: Entry<Job>): boolean {
    const queue = this.#transports.get(entry.transport)?.queues.get(entry.queue);
    return queue !== undefined && queue.waiting.length > 0;
  }

  /** When a delivery that only a pause holds back may start; undefined: none. */
  nextTime(now: number): number | undefined {
    let earliest: number | undefined;
    for (const transport of this.#transports.values()) {
      const { rateDelayMs, transportDelayMs } = transport.limits;
      if (rateDelayMs <= 0 && transportDelayMs <= 0) continue;
      for (const queue of transport.ready) {
        const at = Math.max(queue.notBefore, transport.notBefore);
        if (at > now && queue.window.hasRoom && (earliest === undefined || at < earliest))
          earliest = at;
      }
    }
    return earliest;
  }

  /**
   * A delivery ended. `trouble` of the site shrinks the window; a dead destination gives back all that waits for it,
   * to be deferred until `deadUntil`.
   */
  finished(entry: Entry<Job>, now: number, trouble?: Dead, deadUntil = 0): Entry<Job>[] {
    const transport = this.#transport(entry.transport);
    const queue = this.#queue(transport, entry.queue);
    let given: Entry<Job>[] = [];
    if (!trouble) {
      if (queue.dead) {
        delete queue.dead;
        queue.window.revived();
      } else {
        queue.window.succeeded();
      }
    } else if (queue.window.failed()) {
      queue.dead = { until: deadUntil, why: trouble };
      given = this.#takeAll(transport, queue);
    }
    queue.window.busy -= 1;
    transport.busy -= 1;
    if (transport.limits.rateDelayMs > 0) queue.notBefore = now + transport.limits.rateDelayMs;
    this.#forgetIdle(transport, queue, now);
    return given;
  }

  /** The transport itself cannot be had: everything that waits for it is given back. */
  transportDead(name: string, why: Dead, until: number): Entry<Job>[] {
    const transport = this.#transport(name);
    transport.dead = { until, why };
    return [...transport.queues.values()].flatMap((queue) => this.#takeAll(transport, queue));
  }

  /** Someone asked for a try now: nothing counts as dead any more. */
  reviveAll(): void {
    for (const transport of this.#transports.values()) {
      delete transport.dead;
      for (const queue of transport.queues.values()) {
        if (queue.dead) revive(transport, queue);
      }
    }
  }

  /** Everything that waits, taken out: at a stop. */
  takeWaiting(): Entry<Job>[] {
    return [...this.#transports.values()].flatMap((transport) =>
      [...transport.queues.values()].flatMap((queue) => this.#takeAll(transport, queue)),
    );
  }

  #nextOf(transport: Transport<Job>, now: number): Entry<Job> | undefined {
    const { processLimit, transportDelayMs } = transport.limits;
    if (processLimit > 0 && transport.busy >= processLimit) return undefined;
    if (transport.notBefore > now) return undefined;
    for (let index = 0; index < transport.ready.length; index += 1) {
      const queue = transport.ready[index];
      if (!queue?.window.hasRoom || queue.notBefore > now) continue;
      const entry = queue.waiting.shift();
      transport.ready.splice(index, 1);
      if (!entry) continue;
      if (queue.waiting.length > 0) transport.ready.push(queue);
      queue.window.busy += 1;
      transport.busy += 1;
      if (transportDelayMs > 0) transport.notBefore = now + transportDelayMs;
      return entry;
    }
    return undefined;
  }

  #takeAll(transport: Transport<Job>, queue: DestinationQueue<Job>): Entry<Job>[] {
    transport.ready = transport.ready.filter((other) => other !== queue);
    return queue.waiting.splice(0);
  }

  /** A destination without work and without a memory worth keeping goes: the map stays small. */
  #forgetIdle(transport: Transport<Job>, queue: DestinationQueue<Job>, now: number): void {
    if (queue.window.busy > 0 || queue.waiting.length > 0 || queue.notBefore > now) return;
    if (queue.dead && queue.dead.until > now) return;
    transport.queues.delete(queue.name);
  }

  #transport(name: string): Transport<Job> {
    let transport = this.#transports.get(name);
    if (!transport) {
      transport = {
        name,
        limits: this.#limitsOf(name),
        queues: new Map(),
        ready: [],
        busy: 0,
        notBefore: 0,
        sweepAt: minSweep,
      };
      this.#transports.set(name, transport);
      this.#turn.push(transport);
    }
    return transport;
  }

  #queue(transport: Transport<Job>, name: string): DestinationQueue<Job> {
    let queue = transport.queues.get(name);
    if (!queue) {
      queue = { name, waiting: [], window: newWindow(transport), notBefore: 0 };
      transport.queues.set(name, queue);
    }
    return queue;
  }

  /** Now and then, those go whose memory was worth keeping when their last delivery ended. */
  #sweep(transport: Transport<Job>, now: number): void {
    if (transport.queues.size < transport.sweepAt) return;
    for (const queue of [...transport.queues.values()]) this.#forgetIdle(transport, queue, now);
    transport.sweepAt = Math.max(minSweep, 2 * transport.queues.size);
  }
}

function newWindow({ limits }: Pick<Transport<never>, 'limits'>): ConcurrencyWindow {
  return new ConcurrencyWindow(
    limits.rateDelayMs > 0 ? { ...limits, initial: 1, limit: 1 } : limits,
  );
}

/** The time of being dead is over: it begins anew, with what is still under way. */
function revive<Job>(transport: Transport<Job>, queue: DestinationQueue<Job>): void {
  const { busy } = queue.window;
  delete queue.dead;
  queue.window = newWindow(transport);
  queue.window.busy = busy;
}
