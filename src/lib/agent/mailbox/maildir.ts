/**
 * agent/mailbox/maildir - one message into a Maildir, so that readers see it whole or not at all, and no crash
 * takes it away again.
 *
 * Written and synced in tmp/, then linked into new/, then the directory is synced. Runs as the mailbox's owner.
 * Postfix: maildir.c. Source: the Maildir convention (maildir(5)).
 */
import { constants, fstatSync } from 'node:fs';
import { type FileHandle, link, mkdir, open, rename, unlink } from 'node:fs/promises';
import type {
  MailboxLimits,
  MailboxMessage,
  MailboxOutcome,
} from '../../ipc/conversation/mailbox.js';
import type { DirectorySync } from '../../sys/directory-sync.js';
import { contentOf } from './content.js';
import { systemProblem } from './problem.js';

let counter = 0;

/** @param directory ends in `/` */
export async function deliverMaildir(
  directory: string,
  message: MailboxMessage,
  limits: MailboxLimits,
  directorySync: DirectorySync,
): Promise<MailboxOutcome> {
  const size = message.prefix.length + message.size;
  if (limits.sizeLimit > 0 && size > limits.sizeLimit) {
    return {
      is: 'bounced',
      dsn: '5.2.2',
      text: `maildir delivery failed: message size ${size} exceeds limit ${limits.sizeLimit}`,
    };
  }
  counter += 1;
  const temporary = `${directory}tmp/${Math.floor(Date.now() / 1000)}.P${process.pid}Q${counter}.${limits.hostname}`;
  let file: FileHandle | undefined;
  try {
    file = await openTemporary(directory, temporary);
    const { dev, ino } = fstatSync(file.fd);
    await writeMessage(file, message);
    await file.datasync();
    const name = finalName(dev, ino, limits.hostname);
    await publish(temporary, `${directory}new/${name}`);
    await directorySync.sync(`${directory}new`);
    return { is: 'done' };
  } catch (error) {
    await unlink(temporary).catch(() => undefined); // it may be gone, or never have been
    const problem = systemProblem(error as NodeJS.ErrnoException);
    const text = `maildir delivery failed: create maildir file ${temporary}: ${problem.text}`;
    return { is: 'deferred', dsn: problem.dsn, text };
  } finally {
    await file?.close().catch(() => undefined);
  }
}

/** `sec.V<dev>I<inode>M<usec>.<host>`, unique by the inode while the file lives. */
function finalName(device: number, inode: number, hostname: string): string {
  const now = Date.now();
  const micros = (now % 1000) * 1000 + (Math.floor(performance.now() * 1000) % 1000);
  return `${Math.floor(now / 1000)}.V${device.toString(16)}I${inode.toString(16)}M${micros}.${hostname}`;
}

const createFlags =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Makes the Maildir when it is missing. */
async function openTemporary(directory: string, temporary: string): Promise<FileHandle> {
  try {
    return await open(temporary, createFlags, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  for (const part of ['', 'tmp', 'new', 'cur'])
    await mkdir(`${directory}${part}`, { recursive: true, mode: 0o700 });
  return open(temporary, createFlags, 0o600);
}

async function writeMessage(file: FileHandle, message: MailboxMessage): Promise<void> {
  const prefix = Buffer.from(message.prefix);
  if (message.inline) {
    await file.writev([prefix, message.inline]);
    return;
  }
  await file.writev([prefix]);
  for await (const chunk of contentOf(message)) await file.writev([chunk]);
}

/** Gives the file its name in new/; never over another file. */
async function publish(temporary: string, final: string): Promise<void> {
  try {
    await link(temporary, final);
    await unlink(temporary);
  } catch (error) {
    // File systems without hard links: the name holds the inode number, so nothing else has it.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'EOPNOTSUPP' && code !== 'ENOTSUP') throw error;
    await rename(temporary, final);
  }
}
