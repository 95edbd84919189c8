/**
 * smtp/idle-connections - connections kept open for the next message to the same place.
 *
 * Bounded in number, in age, in messages, and in the time without work. Postfix: scache(8), CONNECTION_CACHE_README.
 */
import type { Clock, Timer } from '../../lib/sys/clock.js';
import type { Connection } from './connection.js';

const maxKept = 200;

export interface IdleLimits {
  /** connection_cache_time_limit, connection_reuse_time_limit */
  readonly idleMs: number;
  readonly ageMs: number;
  /** connection_reuse_count_limit; 0: none */
  readonly uses: number;
}

interface Kept {
  readonly connection: Connection;
  readonly timer: Timer;
}

export class IdleConnections {
  readonly #limits: IdleLimits;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept[]>();
  #count = 0;

  constructor(limits: IdleLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** The connection may serve another message after this one. */
  mayKeep(connection: Connection): boolean {
    const { ageMs, uses } = this.#limits;
    if (connection.tls?.mayReuse === false) return false;
    if (uses > 0 && connection.uses >= uses) return false;
    return this.#clock.now() - connection.since < ageMs;
  }

  take(nexthop: string): Connection | undefined {
    const list = this.#kept.get(nexthop);
    for (let kept = list?.pop(); kept; kept = list?.pop()) {
      this.#count -= 1;
      kept.timer.cancel();
      if (list?.length === 0) this.#kept.delete(nexthop);
      if (kept.connection.isUsable) return kept.connection;
      kept.connection.destroy();
    }
    return undefined;
  }

  keep(nexthop: string, connection: Connection): void {
    if (this.#count >= maxKept) {
      connection.quit();
      return;
    }
    const list = this.#kept.get(nexthop) ?? [];
    if (list.length === 0) this.#kept.set(nexthop, list);
    const timer = this.#clock.after(
      this.#limits.idleMs,
      () => this.#drop(nexthop, connection),
      false,
    );
    list.push({ connection, timer });
    this.#count += 1;
  }

  close(): void {
    for (const list of this.#kept.values()) {
      for (const { connection, timer } of list) {
        timer.cancel();
        connection.quit();
      }
    }
    this.#kept.clear();
    this.#count = 0;
  }

  #drop(nexthop: string, connection: Connection): void {
    const list = this.#kept.get(nexthop);
    const index = list?.findIndex((kept) => kept.connection === connection) ?? -1;
    if (!list || index < 0) return;
    list.splice(index, 1);
    this.#count -= 1;
    if (list.length === 0) this.#kept.delete(nexthop);
    connection.quit();
  }
}
