/**
 * NAME
 *   pickup - takes what local users have submitted into the queue
 *
 * DESCRIPTION
 *   Looks into the maildrop when it starts, when sendmail(1) says so, and every minute. A file there was written by
 *   any local user: only its owner is believed. What is not a submission is set aside in the folder `corrupt`, with a
 *   warning. A file goes when its message is on disk in the queue, never before.
 *
 * FILES
 *   queue_directory/maildrop, queue_directory/corrupt
 *
 * SEE ALSO
 *   sendmail(1), postdrop(1), cleanup(8)
 */
import { opendir } from 'node:fs/promises';
import type { Timer } from '../../lib/sys/clock.js';
import { errnoText } from '../../lib/util/errno-text.js';
import { createCore, type PickupParts } from './core.js';
import { takeFile } from './take-file.js';

export interface Pickup {
  /** Takes all that is there; a call while one is under way looks again afterwards. */
  scan(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

const stockWakeup = 60; // of pickup in the stock master.cf
/** Files at a time: enough for their commits to share one sync. */
const maxAtOnce = 20;

export function createPickup(parts: PickupParts): Pickup {
  const core = createCore(parts);
  const scanMs = (parts.wakeup ?? stockWakeup) * 1000;
  const state = { again: false, isStopped: false };
  let running: Promise<void> | undefined;
  let timer: Timer | undefined;

  async function scanOnce(): Promise<void> {
    const active = new Set<Promise<void>>();
    try {
      for await (const { name } of await opendir(core.maildrop)) {
        if (state.isStopped) break;
        if (core.ignored.has(name)) continue;
        const task = takeFile(core, name).finally(() => active.delete(task));
        active.add(task);
        if (active.size >= maxAtOnce) await Promise.race(active);
      }
    } catch (error) {
      core.log.warning(`scan_dir_push: open directory ${core.maildrop}: ${errnoText(error)}`);
    }
    await Promise.all(active);
  }

  const isWanted = (): boolean => state.again && !state.isStopped;

  async function scanAll(): Promise<void> {
    do {
      state.again = false;
      await scanOnce();
    } while (isWanted());
    running = undefined;
  }

  function scan(): Promise<void> {
    if (state.isStopped) return Promise.resolve();
    state.again = running !== undefined;
    running ??= scanAll();
    return running;
  }

  function tick(): void {
    void scan().then(() => {
      if (!state.isStopped && scanMs > 0) timer = parts.clock.after(scanMs, tick, false);
    });
  }

  return {
    scan,
    start: tick,
    async stop() {
      state.isStopped = true;
      timer?.cancel();
      await running;
    },
  };
}
