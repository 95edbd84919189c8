/**
 * agent/mailbox/mbox - one message at the end of an mbox file, as the mailbox's owner.
 *
 * Invariants: only a regular file with one name, not through a symbolic link, is written to; a failed append is
 * truncated back; nothing counts before the sync. Postfix: mailbox.c, mbox_open.c, safe_open.c, dot_lockfile.c.
 */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat, unlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  MailboxLimits,
  MailboxMessage,
  MailboxOutcome,
} from '../../ipc/conversation/mailbox.js';
import { tryLock, tryRecordLock } from '../../sys/lock.js';
import { contentOf } from './content.js';
import { systemProblem } from './problem.js';

class Unsafe extends Error {}
class Locked extends Error {}

const openFlags =
  constants.O_RDWR |
  constants.O_APPEND |
  constants.O_CREAT |
  constants.O_NOFOLLOW |
  constants.O_NONBLOCK;

/** @param from the From_ line without line end */
export async function appendMbox(
  path: string,
  from: string,
  message: MailboxMessage,
  limits: MailboxLimits,
): Promise<MailboxOutcome> {
  const dotlock = limits.lockMethods.includes('dotlock') ? `${path}.lock` : undefined;
  let hasDotlock = false;
  let file: FileHandle | undefined;
  try {
    if (dotlock !== undefined) hasDotlock = await takeDotlock(dotlock, limits);
    file = await open(path, openFlags, 0o600);
    const found = await file.stat();
    checkFile(found);
    await lockFile(file, limits);
    if (!found.isFile()) {
      await writeAll(file, from, message); // /dev/null and the like
      return { is: 'done' };
    }
    const { size } = await file.stat();
    if (limits.sizeLimit > 0 && size + message.size > limits.sizeLimit) {
      return {
        is: 'deferred',
        dsn: '5.2.2',
        text: `cannot update mailbox ${path}. error writing message: File too large`,
      };
    }
    await appendOrRestore(file, size, from, message);
    return { is: 'done' };
  } catch (error) {
    if (error instanceof Unsafe)
      return {
        is: 'deferred',
        dsn: '4.2.0',
        text: `cannot update mailbox ${path}. ${error.message}`,
      };
    if (error instanceof Locked)
      return {
        is: 'deferred',
        dsn: '4.2.0',
        text: `cannot update mailbox ${path}. ${error.message}`,
      };
    const problem = systemProblem(error as NodeJS.ErrnoException);
    return {
      is: 'deferred',
      dsn: problem.dsn,
      text: `cannot update mailbox ${path}. cannot open file: ${problem.text}`,
    };
  } finally {
    await file?.close().catch(() => undefined);
    if (hasDotlock && dotlock !== undefined) await unlink(dotlock).catch(() => undefined);
  }
}

function checkFile(found: Stats): void {
  if (found.isFile()) {
    if (found.nlink !== 1) throw new Unsafe(`file has ${found.nlink} links`);
    const uid = process.getuid?.();
    if (uid !== undefined && uid !== 0 && found.uid !== uid)
      throw new Unsafe('file is not owned by the recipient');
    return;
  }
  if (!found.isCharacterDevice()) throw new Unsafe('not a regular file');
}

async function appendOrRestore(
  file: FileHandle,
  size: number,
  from: string,
  message: MailboxMessage,
): Promise<void> {
  try {
    await writeAll(file, from, message);
    await file.sync();
  } catch (error) {
    await file.truncate(size).catch(() => undefined); // the first error is the one to tell
    throw error;
  }
}

async function writeAll(file: FileHandle, from: string, message: MailboxMessage): Promise<void> {
  const quoter = new FromQuoter();
  await file.write(
    Buffer.concat([Buffer.from(`${from}\n`), quoter.quote(Buffer.from(message.prefix, 'utf8'))]),
  );
  for await (const chunk of contentOf(message)) await file.write(quoter.quote(chunk));
  await file.write(quoter.end());
}

const fromWord = Buffer.from('From ');

/** Puts `>` before body lines that begin with `From `, whatever the chunks are; ends with an empty line. */
export class FromQuoter {
  /** Bytes at a line start that may become `From `. */
  #held: Buffer = Buffer.alloc(0);
  #atLineStart = true;

  quote(given: Uint8Array): Buffer {
    const chunk = Buffer.concat([this.#held, given]);
    this.#held = Buffer.alloc(0);
    const parts: Buffer[] = [];
    let copied = 0;
    let line = this.#atLineStart ? 0 : chunk.indexOf(0x0a) + 1;
    if (!this.#atLineStart && line === 0) return chunk;
    for (;;) {
      const start = chunk.subarray(line, line + fromWord.length);
      if (start.length < fromWord.length && fromWord.subarray(0, start.length).equals(start)) {
        this.#held = Buffer.from(start);
        this.#atLineStart = true;
        parts.push(chunk.subarray(copied, line));
        return Buffer.concat(parts);
      }
      if (start.equals(fromWord)) {
        parts.push(chunk.subarray(copied, line), Buffer.from('>'));
        copied = line;
      }
      const end = chunk.indexOf(0x0a, line);
      if (end < 0) {
        this.#atLineStart = false;
        parts.push(chunk.subarray(copied));
        return Buffer.concat(parts);
      }
      line = end + 1;
    }
  }

  end(): Buffer {
    const rest = this.#held;
    const needsLineEnd = !this.#atLineStart || rest.length > 0;
    return Buffer.concat([rest, Buffer.from(needsLineEnd ? '\n\n' : '\n')]);
  }
}

async function lockFile(file: FileHandle, limits: MailboxLimits): Promise<void> {
  const locks = limits.lockMethods.flatMap((method) =>
    method === 'flock' ? [tryLock] : method === 'fcntl' ? [tryRecordLock] : [],
  );
  for (const lock of locks) {
    let attempt = 1;
    while (!lock(file.fd)) {
      if (attempt >= limits.lockAttempts)
        throw new Locked('unable to lock for exclusive access: Resource temporarily unavailable');
      attempt += 1;
      await sleep(limits.lockDelayMs);
    }
  }
}

/** False: the directory does not let us, and the file's own locks must do, as in Postfix. */
async function takeDotlock(dotlock: string, limits: MailboxLimits): Promise<boolean> {
  for (let attempt = 0; attempt < limits.lockAttempts; attempt += 1) {
    if (attempt > 0) await sleep(limits.lockDelayMs);
    try {
      const lock = await open(
        dotlock,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
        0o600,
      );
      await lock.close();
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      if (code !== 'EEXIST') throw error;
      await removeStale(dotlock, limits.staleLockMs);
    }
  }
  throw new Locked(`unable to create lock file ${dotlock}: File exists`);
}

async function removeStale(dotlock: string, staleMs: number): Promise<void> {
  const found = await stat(dotlock).catch(() => undefined);
  if (found && Date.now() - found.mtimeMs > staleMs) await unlink(dotlock).catch(() => undefined);
}
