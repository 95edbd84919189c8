/**
 * fuzz/coverage - which places of our code an input came by first.
 *
 * test/fuzz/instrument.js puts a counter into each branch of what it builds; without it (unit tests) nothing is known,
 * and inputs are made from the corpus only.
 */
export interface Coverage {
  /** Grows with each place that is reached for the first time. */
  readonly reached: number;
  /** Forgets what was reached. */
  reset(): void;
}

const none: Coverage = { reached: 0, reset: () => undefined };

export function coverage(): Coverage {
  return (globalThis as { hikyakuCoverage?: Coverage }).hikyakuCoverage ?? none;
}
