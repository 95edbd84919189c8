/**
 * postconf/replace-file - a changed file takes the old one's place at once, with the old one's owner and mode.
 *
 * The new text is on disk before the name changes. `FILE.tmp` is also the lock between two editors, as in Postfix's
 * edit_file.c.
 */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { FatalError } from '../../lib/util/fatal-error.js';

const staleAfterMs = 60_000; // a lock that a killed editor left
const waitMs = 5000;

/** @param change sees the text under the lock @throws {FatalError} file and cause */
export async function replaceFile(name: string, change: (text: string) => string): Promise<void> {
  try {
    const file = realpathSync(name);
    const temporary = `${file}.tmp`;
    const descriptor = await openNew(temporary);
    try {
      const text = readFileSync(file, 'utf8');
      const { mode, uid, gid } = statSync(file);
      const bytes = Buffer.from(change(text));
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
      if (process.getuid?.() === 0) fchownSync(descriptor, uid, gid);
      fchmodSync(descriptor, mode & 0o7777);
      fsyncSync(descriptor);
      renameSync(temporary, file);
    } catch (error) {
      unlinkSync(temporary);
      throw error;
    } finally {
      closeSync(descriptor);
    }
    syncDirectory(path.dirname(file));
  } catch (error) {
    if (error instanceof FatalError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new FatalError(
      `open ${name}: ${missing ? 'No such file or directory' : (error as Error).message}`,
      1,
      { cause: error },
    );
  }
}

/** Waits while another editor is at work. */
async function openNew(file: string): Promise<number> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    try {
      return openSync(file, 'wx', 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (isStale(file)) unlinkSync(file);
      else if (Date.now() > deadline)
        throw new FatalError(`${file}: another postconf is at work; if not, remove the file`, 1);
      else await setTimeout(20);
    }
  }
}

function isStale(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > staleAfterMs;
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
