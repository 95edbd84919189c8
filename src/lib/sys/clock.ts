/**
 * sys/clock - time as a port, so that tests move it by hand.
 *
 * Counterpart: testing/fake-clock.
 */

/** What a pending timer is known by. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall clock, milliseconds since 1970. */
  readonly now: () => number;
  /** Monotonic milliseconds, for durations. */
  readonly monotonic: () => number;
  /** Calls back once after `ms`; `keepAlive` false lets the process end meanwhile (default true). */
  after(ms: number, callback: () => void, keepAlive?: boolean): Timer;
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

const maxTimeout = 2 ** 31 - 1; // setTimeout fires at once above this

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback, keepAlive = true) {
    const handle = setTimeout(callback, Math.min(Math.max(0, ms), maxTimeout));
    if (!keepAlive) handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        clearTimeout(handle);
        reject(signal?.reason as Error);
      };
      const handle = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        Math.min(Math.max(0, ms), maxTimeout),
      );
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
};
