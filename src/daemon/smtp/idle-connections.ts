/**
 * smtp/idle-connections - connections kept open for the next message to the same place.
 *
 * Bounded in number, in age, and in the time without work. Postfix: scache(8), CONNECTION_CACHE_README.
 */
import type { Clock, Timer } from '../../lib/sys/clock.js';
import type { Connection } from './connection.js';

const maxKept = 100;
const idleMs = 2000; // smtp_connection_cache_time_limit's default

interface Kept {
  readonly connection: Connection;
  readonly timer: Timer;
}

export class IdleConnections {
  readonly #maxAgeMs: number;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept[]>();
  #count = 0;

  constructor(maxAgeMs: number, clock: Clock) {
    this.#maxAgeMs = maxAgeMs;
    this.#clock = clock;
  }

  take(nexthop: string): Connection | undefined {
    for (;;) {
      const kept = this.#kept.get(nexthop)?.pop();
      if (!kept) return undefined;
      this.#count -= 1;
      kept.timer.cancel();
      if (kept.connection.isUsable) return kept.connection;
      kept.connection.destroy();
    }
  }

  keep(nexthop: string, connection: Connection): void {
    if (this.#count >= maxKept || this.#clock.now() - connection.since > this.#maxAgeMs) {
      connection.quit();
      return;
    }
    const list = this.#kept.get(nexthop) ?? [];
    this.#kept.set(nexthop, list);
    const kept: Kept = {
      connection,
      timer: this.#clock.after(
        idleMs,
        () => {
          const index = list.indexOf(kept);
          if (index < 0) return;
          list.splice(index, 1);
          this.#count -= 1;
          if (list.length === 0) this.#kept.delete(nexthop);
          connection.quit();
        },
        false,
      ),
    };
    list.push(kept);
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
}
