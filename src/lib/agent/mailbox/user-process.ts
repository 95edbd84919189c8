/**
 * agent/mailbox/user-process - a process that root started becomes one user, for good, and serves requests.
 *
 * Invariants: no byte is read before root is dropped; the user cannot get at this process by a signal (SIGUSR1 would
 * open Node's inspector to anyone on this machine); what has begun is finished or undone before the end.
 * Counterpart: daemon/master/user-workers.
 */
import { closeSync, constants, fchownSync, openSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import process from 'node:process';
import type { UserContext } from '../../ipc/conversation/mailbox.js';
import { allowFileSizeLimit, limitFileSize } from '../../sys/file-size-limit.js';
import { tryLock } from '../../sys/lock.js';
import { dropPrivileges } from '../../sys/privilege.js';
import { inProcessWorker } from './in-process.js';
import { serveWorker } from './serve-worker.js';

/** Resolves when the other side has closed the socket and all work is done. */
export async function runUserWorker(user: UserContext, descriptor: number): Promise<void> {
  process.on('SIGUSR1', () => undefined);
  // The end comes by the socket, when the queue's side has no more work; a terminal's signals reach the whole group.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => undefined);
  loadLibc(descriptor);
  const stands = standIn(user.directory);
  const groups = user.purpose === undefined ? [] : prepareSpool(user);
  // Like Postfix: the user's own group, none of the others (local(8)).
  dropPrivileges({ name: '', uid: user.uid, gid: user.gid, groups });
  process.umask(0o077);
  process.title = 'hikyaku mailbox';
  const socket = new Socket({ fd: descriptor, readable: true, writable: true });
  const isPlain = user.uid !== 0 && user.purpose === undefined;
  await serveWorker(socket, inProcessWorker(user.directory, stands && isClosed(user.directory)), {
    commands: isPlain,
    files: isPlain,
  });
}

/** While its files can be reached. Nothing is changed: a socket takes no lock, and the limit is put back. */
function loadLibc(descriptor: number): void {
  try {
    tryLock(descriptor);
  } catch {
    return; // this machine has no libc for us: there are no locks but lock files
  }
  allowFileSizeLimit();
  limitFileSize(Number.MAX_SAFE_INTEGER)();
}

/** False: the directory is missing, or on a server that does not trust root; its path is used then. */
function standIn(directory: string): boolean {
  try {
    process.chdir(directory);
    return true;
  } catch {
    process.chdir('/');
    return false;
  }
}

/**
 * Whether the user has no way to the directory but to stand there (a home below root's 0700 home). Otherwise its name
 * is used each time: it may come to stand for another directory.
 */
function isClosed(directory: string): boolean {
  try {
    statSync(`${directory}/.`);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
}

/**
 * In a mail spool that not everyone may write to: with the directory's group, or, where only its owner may make files,
 * with a mailbox that is there already. @returns groups that the process needs besides the user's
 */
function prepareSpool(user: UserContext): number[] {
  const spool = statSync(user.directory);
  if ((spool.mode & 0o002) !== 0) return [];
  if ((spool.mode & 0o020) !== 0) return spool.gid === 0 ? [] : [spool.gid];
  makeMailbox(`${user.directory}/${user.name}`, user);
  return [];
}

function makeMailbox(file: string, { uid, gid, name }: UserContext): void {
  if (name === '' || name.includes('/') || name.startsWith('.'))
    throw new Error(`mailbox name: ${name}`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  let made: number;
  try {
    made = openSync(file, flags, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  try {
    fchownSync(made, uid, gid);
  } finally {
    closeSync(made);
  }
}
