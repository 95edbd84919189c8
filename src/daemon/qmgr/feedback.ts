/**
 * qmgr/feedback - the concurrency window of one destination: grows with success, shrinks with trouble; pure.
 *
 * Postfix: SCHEDULER_README, qmgr_queue.c; postconf(5) default_destination_concurrency_positive_feedback and siblings.
 */

export interface WindowLimits {
  /** initial_destination_concurrency */
  readonly initial: number;
  /** destination_concurrency_limit; 0: none */
  readonly limit: number;
  /** destination_concurrency_failed_cohort_limit; 0: never dead */
  readonly cohortLimit: number;
  readonly positive: Feedback;
  readonly negative: Feedback;
}

/** Step of one success or failure at a window. */
export type Feedback = (window: number) => number;

/** `0.5`, `1/concurrency`, `0.5/sqrt_concurrency`. @throws {Error} */
export function parseFeedback(text: string): Feedback {
  const match = /^(\d*\.?\d+)(?:\s*\/\s*(concurrency|sqrt_concurrency|\d*\.?\d+))?$/.exec(
    text.trim(),
  );
  // A step of infinity would never be used up.
  if (!match || Number(match[2]) === 0)
    throw new Error(`bad feedback: ${text}; write a number, or a number "/ concurrency"`);
  const value = Number(match[1]);
  const divisor = match[2];
  if (divisor === undefined) return () => value;
  if (divisor === 'concurrency') return (window) => value / window;
  if (divisor === 'sqrt_concurrency') return (window) => value / Math.sqrt(window);
  return () => value / Number(divisor);
}

export class ConcurrencyWindow {
  readonly #limits: WindowLimits;
  size: number;
  busy = 0;
  #success = 0;
  #failure = 0;
  #failedCohorts = 0;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
    this.size = limits.limit > 0 ? Math.min(limits.initial, limits.limit) : limits.initial;
  }

  get hasRoom(): boolean {
    return this.busy < this.size;
  }

  /** A delivery that reached the site, whatever became of its recipients. Call before busy is lowered. */
  succeeded(): void {
    const { limit, initial, positive } = this.#limits;
    this.#failedCohorts = 0;
    if (limit > 0 && this.size >= limit) return;
    if (this.size >= this.busy + initial) return;
    const step = positive(this.size);
    this.#success += step;
    while (this.#success + step / 2 >= 1) {
      this.size += 1;
      this.#success -= 1;
      this.#failure = 0;
      if (limit > 0 && this.size >= limit) break;
    }
  }

  /** A dead site answered after all: as wide as what is under way, for no one knows how much it takes. */
  revived(): void {
    this.size = Math.max(1, this.busy);
    this.#success = 0;
    this.#failure = 0;
    this.#failedCohorts = 0;
  }

  /** The site could not be used. True: too many in a row, the destination is dead. */
  failed(): boolean {
    const { cohortLimit, negative } = this.#limits;
    this.#failedCohorts += 1 / this.size;
    if (cohortLimit > 0 && this.#failedCohorts >= cohortLimit) return true;
    const step = negative(this.size);
    this.#failure -= step;
    while (this.#failure - step / 2 < 0) {
      this.size -= 1;
      this.#failure += 1;
      this.#success = 0;
    }
    this.size = Math.max(1, this.size);
    return false;
  }
}
