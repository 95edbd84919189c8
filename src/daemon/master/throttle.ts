/**
 * master/throttle - how long to wait before a worker that ended is started again.
 *
 * A worker that lived long starts again at once; one that keeps dying waits longer each time, as Postfix's
 * master waits after "bad command startup -- throttling".
 */

/** Longest wait, as master's service_throttle_time: ms. */
export const throttleMs = 60_000;
const firstWaitMs = 100;
const healthyAfterMs = 10_000;

/** Wait in ms before the next start, from the wait before this one and how long the worker lived. */
export function nextWait(previousWait: number, livedMs: number): number {
  if (livedMs >= healthyAfterMs) return 0;
  return previousWait === 0 ? firstWaitMs : Math.min(throttleMs, previousWait * 2);
}
