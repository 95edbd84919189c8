/**
 * pickup/take-file - one file of the maildrop: looked at, handed to cleanup, removed.
 *
 * Invariants: never follows a link, never waits for a pipe, never takes a file with a second name; a file that is no
 * submission is moved away or ignored, so that it is not warned about for ever; nothing here throws.
 */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { Malformed } from '../../lib/queue/maildrop/read.js';
import { errnoText } from '../../lib/util/errno-text.js';
import type { PickupCore } from './core.js';
import { submit } from './submit.js';

const completeBit = 0o100;
/** A writer that has not gone on for so long will not come back. */
const staleMs = 24 * 3600 * 1000;
const maxIgnored = 10_000;
/** How long mail waits that could not be queued just now, however often someone wakes us. */
const retryMs = 55_000; // less than the time between scans
/** What open(2) says of files that their owner has closed to us, or that are none. */
const unreadable: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'ELOOP', 'ENXIO', 'EISDIR']);

export async function takeFile(core: PickupCore, name: string): Promise<void> {
  const file = path.join(core.maildrop, name);
  const wait = core.retryAt.get(name);
  if (wait !== undefined && wait > core.clock.now()) return;
  core.retryAt.delete(name);
  try {
    const handle = await openSubmission(core, file);
    if (!handle) return;
    try {
      await takeOpen(core, file, handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT') return; // gone meanwhile
    if (unreadable.has(code)) return setAside(core, file, undefined, errnoText(error));
    // Trouble that may pass.
    core.log.warning(`maildrop/${name}: ${errnoText(error)}; will try again`);
    core.retryAt.set(name, core.clock.now() + retryMs);
  }
}

/** Undefined: not one to take, and it is dealt with. @throws system errors */
async function openSubmission(core: PickupCore, file: string): Promise<FileHandle | undefined> {
  // Mode and kind first: to open an incomplete file may not even be allowed.
  const seen = await lstat(file);
  if (!seen.isFile()) {
    await setAside(core, file, seen, 'not a regular file');
    return undefined;
  }
  if ((seen.mode & completeBit) === 0) {
    await dropStale(core, file, seen);
    return undefined;
  }
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  return open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
}

async function takeOpen(core: PickupCore, file: string, handle: FileHandle): Promise<void> {
  const stats = await handle.stat();
  if (!stats.isFile()) return setAside(core, file, stats, 'not a regular file');
  if (stats.nlink !== 1) return setAside(core, file, stats, `file has ${stats.nlink} links`);
  try {
    const outcome = await submit(core, handle, stats);
    switch (outcome.is) {
      case 'done':
        await unlink(file);
        return;
      case 'keep':
        core.retryAt.set(path.basename(file), core.clock.now() + retryMs);
        return;
      case 'refused': {
        await setAside(core, file, stats, outcome.reason);
        return;
      }
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return setAside(core, file, stats, `malformed file: ${error.message}`);
  }
}

async function setAside(
  core: PickupCore,
  file: string,
  stats: Stats | undefined,
  reason: string,
): Promise<void> {
  const name = path.basename(file);
  const who = stats === undefined ? '' : `uid=${stats.uid}: `;
  const where = `maildrop/${name}: ${who}${reason}`;
  try {
    await rename(file, path.join(core.corrupt, `${name.slice(0, 200)}-${Date.now()}`));
    core.log.warning(`${where}; moved to corrupt/`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    // For instance a folder that a user has made here: it does no harm.
    if (core.ignored.size >= maxIgnored) core.ignored.clear();
    core.ignored.add(name);
    core.log.warning(`${where}; left where it is (${errnoText(error)}), and ignored from now on`);
  }
}

/** What a killed sendmail has left. */
async function dropStale(core: PickupCore, file: string, stats: Stats): Promise<void> {
  if (core.clock.now() - stats.mtimeMs < staleMs) return;
  await unlink(file);
  core.log.warning(
    `maildrop/${path.basename(file)}: uid=${stats.uid}: removed: it was never completed`,
  );
}
