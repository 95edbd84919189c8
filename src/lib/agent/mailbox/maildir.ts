/**
 * agent/mailbox/maildir - one message into a Maildir, so that readers see it whole or not at all, and no crash
 * takes it away again.
 *
 * Written and synced in tmp/, then moved into new/, then new/ is synced, once for all that were moved meanwhile.
 * The final name holds the file's inode number, so that nothing else can have it. Runs as the mailbox's owner.
 * What only changes the system's memory (open, a small write, rename) is called directly: handing it to another thread
 * costs more than the call. Syncs, which wait for the disk, run beside each other.
 * Postfix: maildir.c. Source: the Maildir convention (maildir(5)).
 */
import { closeSync, constants, fstatSync, openSync, renameSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type {
  MailboxLimits,
  MailboxMessage,
  MailboxOutcome,
} from '../../ipc/conversation/mailbox.js';
import { type DirectorySync, syncDirectory } from '../../sys/directory-sync.js';
import { syncData, unlinkFile, writeAll, writeAllSync } from '../../sys/file-calls.js';
import { errnoText } from '../../util/errno-text.js';
import { contentOf } from './content.js';
import { EarlierDeliveries } from './earlier-deliveries.js';
import { failure, problem } from './problem.js';

const createFlags =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

// Slash and colon have a meaning in Maildir names: written as in the convention.
const host = os.hostname().replaceAll('/', '\\057').replaceAll(':', '\\072');

export class Maildirs {
  readonly #sync: DirectorySync;
  readonly #earlier = new EarlierDeliveries();
  #counter = 0;

  constructor(sync: DirectorySync) {
    this.#sync = sync;
  }

  /**
   * @param directory ends in `/`
   * @param shown its name in texts
   */
  async deliver(
    directory: string,
    shown: string,
    message: MailboxMessage,
    limits: MailboxLimits,
  ): Promise<MailboxOutcome> {
    if (limits.sizeLimit > 0 && message.prefix.length + message.size > limits.sizeLimit)
      return failure('5.2.2', 'error writing message: File too large');
    if (await this.#earlier.has(directory, message)) return { is: 'done' };
    this.#counter += 1;
    const name = `tmp/${Math.floor(Date.now() / 1000)}.P${process.pid}Q${this.#counter}.${host}`;
    const temporary = directory + name;
    let descriptor: number;
    try {
      descriptor = await this.#create(directory, temporary);
    } catch (error) {
      const what = `create maildir file ${shown}${name}`;
      return problem(error, what, limits.problemDsn, accessWarnings(error, what));
    }
    let what = 'error writing message';
    try {
      await write(descriptor, message);
      await syncData(descriptor);
      what = `link to mailbox file in ${shown}new`;
      const { dev, ino } = fstatSync(descriptor);
      await this.#move(directory, temporary, finalName(dev, ino));
      what = `sync of ${shown}new`;
      await this.#sync.sync(`${directory}new`);
      return { is: 'done' };
    } catch (error) {
      await unlinkFile(temporary).catch(() => undefined); // it may have moved already
      return problem(error, what, limits.problemDsn);
    } finally {
      closeSync(descriptor);
    }
  }

  /** Makes the Maildir when it is missing. */
  async #create(directory: string, temporary: string): Promise<number> {
    try {
      return openSync(temporary, createFlags, 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    await makeDirectory(path.join(directory, 'tmp'));
    return openSync(temporary, createFlags, 0o600);
  }

  async #move(directory: string, temporary: string, name: string): Promise<void> {
    try {
      renameSync(temporary, `${directory}new/${name}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      for (const part of ['cur', 'new']) await makeDirectory(path.join(directory, part));
      renameSync(temporary, `${directory}new/${name}`);
    }
  }
}

/**
 * Private to the user, with what is missing above it; the new entries are made durable, too. Not by a recursive mkdir
 * of Node's: in a directory that has been removed, it would try for ever.
 */
async function makeDirectory(directory: string): Promise<void> {
  const parent = path.dirname(directory);
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return; // what uses it will tell when it is none
    if (code !== 'ENOENT' || parent === directory || parent === '.') throw error;
    await makeDirectory(parent);
    await mkdir(directory, { mode: 0o700 }).catch((again: unknown) => {
      if ((again as NodeJS.ErrnoException).code !== 'EEXIST') throw again;
    });
  }
  await syncDirectory(parent).catch(() => undefined); // a directory that we may not read
}

/** `sec.V<dev>I<inode>M<usec>.<host>`. */
function finalName(device: number, inode: number): string {
  const now = Date.now();
  const micros = (now % 1000) * 1000 + (Math.floor(performance.now() * 1000) % 1000);
  return `${Math.floor(now / 1000)}.V${device.toString(16)}I${inode.toString(16)}M${micros}.${host}`;
}

async function write(descriptor: number, message: MailboxMessage): Promise<void> {
  const prefix = Buffer.from(message.prefix);
  if (message.inline) {
    writeAllSync(descriptor, [prefix, message.inline]);
    return;
  }
  await writeAll(descriptor, [prefix]);
  for await (const chunk of contentOf(message)) await writeAll(descriptor, [chunk]);
}

function accessWarnings(error: unknown, what: string): string[] {
  if ((error as NodeJS.ErrnoException).code !== 'EACCES') return [];
  const who = `${process.geteuid?.() ?? 0}/${process.getegid?.() ?? 0}`;
  return [
    `maildir access problem for UID/GID=${who}: ${what}: ${errnoText(error)}`,
    'perhaps you need to create the maildirs in advance',
  ];
}
