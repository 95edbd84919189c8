/**
 * local/spool - who may make files in mail_spool_directory, and so what kind of helper a mailbox there needs.
 *
 * Where everyone may (mode 1777), the user. Where a group may (`mail`, as Debian has it), a helper with that group
 * besides. Where only the owner may, a helper that finds the mailbox made by root. Postfix does all of this with
 * root's or the directory's rights in one process: mailbox.c.
 */
import { statSync } from 'node:fs';
import process from 'node:process';
import type { UserContext } from '../../lib/ipc/conversation/mailbox.js';
import type { User } from '../../lib/sys/user.js';
import { contextOf } from './rights.js';

export interface SpoolContext {
  readonly context: UserContext;
  /** False: nobody but the directory's owner can make a lock file. */
  readonly canLock: boolean;
}

/** @param directory without a final `/` */
export function spoolContext(directory: string, user: User): SpoolContext {
  const plain: SpoolContext = { context: contextOf(user), canLock: true };
  // Not started by root: everything is done as this process. Root's own mailbox: root may do anything there.
  if (process.geteuid?.() === user.uid || user.uid === 0) return plain;
  const mode = modeOf(directory);
  if (mode === undefined || (mode & 0o002) !== 0) return plain;
  const { name, uid, gid } = user;
  if ((mode & 0o020) !== 0)
    return { context: { name, uid, gid, directory, purpose: 'spool' }, canLock: true };
  return { context: { name, uid, gid, directory, purpose: 'spool-once' }, canLock: false };
}

function modeOf(directory: string): number | undefined {
  try {
    return statSync(directory).mode;
  } catch {
    return undefined; // the delivery will say what is wrong
  }
}
