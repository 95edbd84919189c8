/**
 * master/throttle - how long to wait before a worker that ended is started again.
 *
 * A worker that lived long starts again at once; one that keeps dying waits longer each time, up to service_throttle_time,
 * as Postfix's master waits after "bad command startup -- throttling".
 */

const firstWaitMs = 100;
const healthyAfterMs = 10_000;

/** Wait in ms before the next start, from the wait before this one and how long the worker lived. */
export function nextWait(previousWait: number, livedMs: number, longestMs: number): number {
  if (livedMs >= healthyAfterMs) return 0;
  return Math.min(longestMs, previousWait === 0 ? firstWaitMs : previousWait * 2);
}
