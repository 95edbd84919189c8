/**
 * agent/mailbox/dotlock - `mailbox.lock` beside a mailbox: the oldest of locks, honoured by all mail programs.
 *
 * Postfix: dot_lockfile.c.
 */
import { closeSync, constants } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MailboxLimits } from '../../ipc/conversation/mailbox.js';
import { openFile, unlinkFile } from '../../sys/file-calls.js';

const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

export type DotlockLimits = Pick<MailboxLimits, 'lockAttempts' | 'lockDelayMs' | 'staleLockMs'>;

/** Resolves when it is ours. @throws system errors; EEXIST: still someone else's after all attempts */
export async function takeDotlock(file: string, limits: DotlockLimits): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      closeSync(await openFile(file, createFlags, 0o600));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (attempt >= limits.lockAttempts) throw error;
      if (await removeStale(file, limits.staleLockMs)) continue;
    }
    await sleep(limits.lockDelayMs);
  }
}

/** The time of the last change of status counts: no one can set it back. */
async function removeStale(file: string, staleMs: number): Promise<boolean> {
  try {
    const { ctimeMs } = await lstat(file);
    if (Date.now() - ctimeMs <= staleMs) return false;
    await unlinkFile(file);
    return true;
  } catch {
    return false; // gone meanwhile, or not ours to remove: the next attempt tells
  }
}
