/**
 * smtpd/deadline - smtpd_per_request_deadline: the time limit holds for a whole request, not for each read.
 *
 * Content extends it by smtpd_min_data_rate, up to the limit again. One timer a session, moved lazily.
 */
import type { Clock, Timer } from '../../lib/sys/clock.js';

export class RequestDeadline {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #bytesPerSecond: number;
  readonly #onExpire: () => void;
  #due = Infinity;
  #timer: Timer | undefined;

  constructor(clock: Clock, limitMs: number, bytesPerSecond: number, onExpire: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#bytesPerSecond = bytesPerSecond;
    this.#onExpire = onExpire;
  }

  /** The next request is awaited. */
  start(): void {
    this.#due = this.#clock.monotonic() + this.#limitMs;
    this.#timer ??= this.#clock.after(this.#limitMs, () => this.#fire(), false);
  }

  /** Content came, and more is awaited. */
  progress(bytes: number): void {
    const extended = this.#due + (bytes / this.#bytesPerSecond) * 1000;
    this.#due = Math.min(extended, this.#clock.monotonic() + this.#limitMs);
  }

  /** A request is being answered; also at the end of the session. */
  stop(): void {
    this.#due = Infinity;
  }

  cancel(): void {
    this.stop();
    this.#timer?.cancel();
  }

  #fire(): void {
    this.#timer = undefined;
    if (this.#due === Infinity) return;
    const left = this.#due - this.#clock.monotonic();
    if (left > 0) this.#timer = this.#clock.after(left, () => this.#fire(), false);
    else this.#onExpire();
  }
}
