/**
 * master/queue-directory - makes the folders that the programs need, with the owners and modes they need.
 *
 * Run by root, everything belongs to mail_owner; `maildrop` takes files from every local user (sticky, write
 * only, not listable), `public` holds the sockets that everyone may speak to. Postfix: postfix-script, `postfix check`.
 */
import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { FatalError } from '../../lib/util/fatal-error.js';
import { sysexits } from '../../lib/util/sysexits.js';

interface Folder {
  readonly name: string;
  readonly mode: number;
  /** Mode when root runs the server and other users submit mail. */
  readonly sharedMode?: number;
  readonly rootOwned?: boolean;
}

const folders: readonly Folder[] = [
  { name: '.', mode: 0o755, rootOwned: true },
  { name: 'pid', mode: 0o755, rootOwned: true },
  { name: 'public', mode: 0o710, sharedMode: 0o755 },
  { name: 'private', mode: 0o700 },
  { name: 'queue', mode: 0o700 },
  { name: 'spool', mode: 0o700 },
  { name: 'corrupt', mode: 0o700 },
  { name: 'maildrop', mode: 0o700, sharedMode: 0o1733 },
];

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** `owner` undefined: everything belongs to the caller. @throws {FatalError} */
export function prepareQueueDirectory(
  queueDirectory: string,
  dataDirectory: string,
  owner?: Owner,
): void {
  try {
    for (const folder of folders) {
      const directory = path.join(queueDirectory, folder.name);
      const mode = owner === undefined ? folder.mode : (folder.sharedMode ?? folder.mode);
      // The queue directory itself may be the administrator's: only what lies in it is ours to set.
      prepare(directory, mode, folder.rootOwned ? undefined : owner, folder.name !== '.');
    }
    prepare(dataDirectory, 0o700, owner, true);
  } catch (error) {
    if (error instanceof FatalError) throw error;
    throw new FatalError(
      `queue_directory ${queueDirectory}: ${(error as Error).message}; make it writable, or set queue_directory in main.cf`,
      sysexits.cannotCreate,
      { cause: error },
    );
  }
}

function prepare(
  directory: string,
  mode: number,
  owner: Owner | undefined,
  setMode: boolean,
): void {
  mkdirSync(directory, { recursive: true, mode });
  const found = lstatSync(directory);
  // A link here could lead root's chown anywhere.
  if (!found.isDirectory()) {
    throw new FatalError(`${directory} is not a directory; move it away`, sysexits.osFile);
  }
  if (owner !== undefined && (found.uid !== owner.uid || found.gid !== owner.gid)) {
    chownSync(directory, owner.uid, owner.gid);
  }
  if (setMode && (found.mode & 0o7777) !== mode) chmodSync(directory, mode);
}
