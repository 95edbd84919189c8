/** testing/fake-clock - a clock that stands still until a test moves it. Counterpart: sys/clock. */
import type { Clock, Timer } from '../lib/sys/clock.js';

export interface FakeClock extends Clock {
  /** Moves on by `ms`: every timer fires at its time, and what it set going runs before the next does. */
  advance(ms: number): Promise<void>;
  /** Timers that wait. */
  readonly pending: number;
}

/** Event turns after each timer: enough for promises and immediates that follow from one another. */
const turns = 20;

/** Lets everything run that waits for nothing but its turn. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** @param start wall clock, ms since 1970 */
export function fakeClock(start = Date.UTC(2026, 0, 2, 3, 4, 5)): FakeClock {
  let now = start;
  const waiting = new Set<{ readonly at: number; readonly callback: () => void }>();
  const after = (ms: number, callback: () => void): Timer => {
    const timer = { at: now + Math.max(0, ms), callback };
    waiting.add(timer);
    return { cancel: () => void waiting.delete(timer) };
  };
  return {
    now: () => now,
    monotonic: () => now - start,
    after,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          timer.cancel();
          reject(signal?.reason as Error);
        };
        const timer = after(ms, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        if (signal?.aborted) onAbort();
        else signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    get pending() {
      return waiting.size;
    },
    async advance(ms) {
      const end = now + ms;
      await quiet();
      for (;;) {
        const [next] = [...waiting].sort((a, b) => a.at - b.at);
        if (!next || next.at > end) break;
        waiting.delete(next);
        now = Math.max(now, next.at);
        next.callback();
        await quiet();
      }
      now = end;
      await quiet();
    },
  };
}
