/**
 * app/overload - a service serves as many clients as it may: said in the log, and stress=yes for a while.
 *
 * Standard: STRESS_README of Postfix. Postfix: master_avail.c, master_spawn.c.
 */
import type { Log } from '../lib/log/log.js';
import type { Clock } from '../lib/sys/clock.js';

const lastsMs = 1000_000; // as long as master keeps stress=yes, and is silent, after it was last full

export interface OverloadParts {
  readonly log: Log;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly service: string;
  readonly port: number;
  readonly limit: number;
}

export class Overload {
  readonly #parts: OverloadParts;
  #until = -Infinity;
  #quietUntil = -Infinity;

  constructor(parts: OverloadParts) {
    this.#parts = parts;
  }

  get isOn(): boolean {
    return this.#parts.clock.monotonic() < this.#until;
  }

  reached(): void {
    const { log, clock, service, port, limit } = this.#parts;
    const now = clock.monotonic();
    this.#until = now + lastsMs;
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + lastsMs;
    log.warning(
      `service "${service}" (${port}) has reached its process limit "${limit}": new clients may experience noticeable delays`,
    );
    log.warning(
      'to avoid this condition, increase the process count in master.cf or reduce the service time per client',
    );
    log.warning(
      'see http://www.postfix.org/STRESS_README.html for examples of stress-adapting configuration settings',
    );
  }
}
