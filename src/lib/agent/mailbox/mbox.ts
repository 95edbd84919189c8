/**
 * agent/mailbox/mbox - one message at the end of an mbox file, as the mailbox's owner.
 *
 * Invariants: what safe-open refuses is not written to; a failed append is truncated back; nothing counts before the
 * sync. Postfix: mailbox.c, file.c, mbox_open.c, mail_copy.c.
 */
import { closeSync, fstatSync, type Stats, statSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  MailboxLimits,
  MailboxMessage,
  MailboxOutcome,
} from '../../ipc/conversation/mailbox.js';
import { syncFile, truncateFile, unlinkFile, writeAll } from '../../sys/file-calls.js';
import { tryLock, tryRecordLock } from '../../sys/lock.js';
import { errnoText } from '../../util/errno-text.js';
import { contentOf } from './content.js';
import { takeDotlock } from './dotlock.js';
import { FromQuoter } from './from-quoter.js';
import { failure, problem, statusOf } from './problem.js';
import { openForAppend, UnsafeFile } from './safe-open.js';

/**
 * @param shown the path in texts
 * @param from the From_ line without line end
 */
export async function appendMbox(
  path: string,
  shown: string,
  from: string,
  message: MailboxMessage,
  limits: MailboxLimits,
): Promise<MailboxOutcome> {
  const lockFile = `${path}.lock`;
  const warnings: string[] = [];
  let hasDotlock = false;
  if (limits.lockMethods.includes('dotlock') && !isSpecial(path)) {
    try {
      await takeDotlock(lockFile, limits);
      hasDotlock = true;
    } catch (error) {
      const what = `unable to create lock file ${shown}.lock`;
      if ((error as NodeJS.ErrnoException).code === 'EEXIST')
        return failure('4.2.0', `${what}: File exists`);
      if (!limits.anyFile) return problem(error, what, limits.problemDsn);
      warnings.push(`${what}: ${errnoText(error)}`); // a file of someone else's: its own locks must do
    }
  }
  try {
    const outcome = await appendLocked(path, shown, from, message, limits, hasDotlock);
    return withWarnings(outcome, warnings);
  } finally {
    if (hasDotlock) await unlinkFile(lockFile).catch(() => undefined);
  }
}

function withWarnings(outcome: MailboxOutcome, warnings: readonly string[]): MailboxOutcome {
  if (warnings.length === 0) return outcome;
  return { ...outcome, warnings: [...warnings, ...(outcome.warnings ?? [])] };
}

async function appendLocked(
  path: string,
  shown: string,
  from: string,
  message: MailboxMessage,
  limits: MailboxLimits,
  hasDotlock: boolean,
): Promise<MailboxOutcome> {
  let opened;
  try {
    opened = await openForAppend(path);
  } catch (error) {
    if (!(error instanceof UnsafeFile))
      return problem(error, 'cannot open file', limits.problemDsn);
    return failure(statusOf(error, limits.problemDsn), error.message);
  }
  const { descriptor, stats } = opened;
  try {
    const refused = refusal(shown, stats, limits);
    if (refused) return refused;
    if (!stats.isFile()) {
      await writeMessage(descriptor, from, message); // /dev/null and the like
      return { is: 'done' };
    }
    if (!(await takeLocks(descriptor, limits, hasDotlock)))
      return failure(
        '4.2.0',
        'unable to lock for exclusive access: Resource temporarily unavailable',
      );
    return await appendOrRestore(descriptor, from, message, limits);
  } finally {
    closeSync(descriptor);
  }
}

function refusal(shown: string, stats: Stats, limits: MailboxLimits): MailboxOutcome | undefined {
  if (!stats.isFile() && !limits.anyFile)
    return failure(limits.problemDsn, `destination ${shown} is not a regular file`);
  const uid = process.geteuid?.();
  if (limits.ownerOnly && stats.isFile() && uid !== undefined && stats.uid !== uid)
    return failure('4.2.0', `destination ${shown} is not owned by recipient`, [
      'specify "strict_mailbox_ownership = no" to ignore mailbox ownership mismatch',
    ]);
  return undefined;
}

async function appendOrRestore(
  descriptor: number,
  from: string,
  message: MailboxMessage,
  limits: MailboxLimits,
): Promise<MailboxOutcome> {
  const { size } = fstatSync(descriptor);
  const most = limits.sizeLimit > 0 ? limits.sizeLimit - size : Infinity;
  try {
    if (from.length + message.prefix.length + message.size > most) throw tooLarge();
    await writeMessage(descriptor, from, message, most);
    await syncFile(descriptor);
    return { is: 'done' };
  } catch (error) {
    await truncateFile(descriptor, size).catch(() => undefined); // the first error is the one to tell
    return problem(error, 'error writing message', limits.problemDsn);
  }
}

function tooLarge(): NodeJS.ErrnoException {
  return Object.assign(new Error('File too large'), { code: 'EFBIG' });
}

/** @param most bytes that may be written */
async function writeMessage(
  descriptor: number,
  from: string,
  message: MailboxMessage,
  most = Infinity,
): Promise<void> {
  const quoter = new FromQuoter();
  let written = 0;
  const write = async (pieces: readonly Buffer[]): Promise<void> => {
    for (const piece of pieces) written += piece.length;
    if (written > most) throw tooLarge();
    await writeAll(descriptor, pieces);
  };
  const start = [Buffer.from(`${from}\n`), ...quoter.quote(Buffer.from(message.prefix))];
  if (message.inline) {
    await write([...start, ...quoter.quote(message.inline), quoter.end()]);
    return;
  }
  await write(start);
  for await (const chunk of contentOf(message)) await write(quoter.quote(chunk));
  await write([quoter.end()]);
}

function isSpecial(path: string): boolean {
  try {
    return !statSync(path).isFile();
  } catch {
    return false; // missing, or out of reach: opening it will tell
  }
}

/** False: someone else has one of them. @throws where libc cannot be reached and there is no lock file either */
async function takeLocks(
  descriptor: number,
  limits: MailboxLimits,
  hasDotlock: boolean,
): Promise<boolean> {
  for (const method of limits.lockMethods) {
    if (method === 'dotlock') continue;
    const lock = method === 'flock' ? tryLock : tryRecordLock;
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (lock(descriptor)) break;
      } catch (error) {
        if (hasDotlock) break; // this machine has no such call; the lock file is there
        throw error;
      }
      if (attempt >= limits.lockAttempts) return false;
      await sleep(limits.lockDelayMs);
    }
  }
  return true;
}
