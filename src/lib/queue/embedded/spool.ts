/**
 * queue/embedded/spool - large content lies in files of its own, `spool/XX/ID`.
 *
 * Invariant: file and directory entries are on disk before a commit names them. While a file is written its writer
 * holds a lock on it, which ends with the process: a file that no message names and no one holds is an orphan.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { DirectorySync } from '../../sys/directory-sync.js';
import { closeFile, openFile, syncFile, writeAll } from '../../sys/file-calls.js';
import { tryLock } from '../../sys/lock.js';

const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
const orphanAgeMs = 60_000; // a file this young may not be locked yet

export class Spool {
  readonly #folder: string;
  readonly #sync = new DirectorySync();

  /** @param directory of the queue */
  constructor(directory: string) {
    this.#folder = path.join(directory, 'spool');
  }

  pathOf(queueId: string): string {
    return path.join(this.#folder, folderOf(queueId), queueId);
  }

  /** @throws system errors */
  async create(queueId: string): Promise<SpoolFile> {
    const file = this.pathOf(queueId);
    const folder = path.dirname(file);
    let descriptor: number;
    try {
      descriptor = await openFile(file, createFlags, 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await this.#sync.sync(this.#folder);
      descriptor = await openFile(file, createFlags, 0o600);
    }
    lock(descriptor);
    return new SpoolFile(file, descriptor, () => this.#sync.sync(folder));
  }

  async remove(queueId: string): Promise<void> {
    await rm(this.pathOf(queueId), { force: true });
  }

  /** Removes the files of writers that died. @param isNamed asked while the file is locked */
  async removeOrphans(isNamed: (queueId: string) => boolean, now: number): Promise<number> {
    let count = 0;
    for (const folder of await readdir(this.#folder).catch(() => [])) {
      for (const queueId of await readdir(path.join(this.#folder, folder)).catch(() => [])) {
        if (isNamed(queueId)) continue;
        const file = path.join(this.#folder, folder, queueId);
        const found = await stat(file).catch(() => undefined);
        if (!found || now - found.mtimeMs < orphanAgeMs) continue;
        if (await removeUnlessHeld(file, () => isNamed(queueId))) count += 1;
      }
    }
    return count;
  }
}

/** Locked first, then asked again: its writer may have committed and closed it in between. */
async function removeUnlessHeld(file: string, isNamed: () => boolean): Promise<boolean> {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return false;
  }
  try {
    if (!lock(descriptor) || isNamed()) return false;
    await rm(file, { force: true });
    return true;
  } finally {
    closeSync(descriptor);
  }
}

/** False also where no locks are to be had: then orphans stay. */
function lock(descriptor: number): boolean {
  try {
    return tryLock(descriptor);
  } catch {
    return false;
  }
}

/** The last two digits of an id count up, so they spread evenly. */
function folderOf(queueId: string): string {
  return queueId.slice(-2);
}

export class SpoolFile {
  readonly #file: string;
  readonly #descriptor: number;
  readonly #syncFolder: () => Promise<void>;
  #isOpen = true;

  constructor(file: string, descriptor: number, syncFolder: () => Promise<void>) {
    this.#file = file;
    this.#descriptor = descriptor;
    this.#syncFolder = syncFolder;
  }

  append(chunks: readonly Uint8Array[]): Promise<void> {
    return writeAll(this.#descriptor, chunks);
  }

  /** The file and its name are on disk when this resolves. */
  async sync(): Promise<void> {
    await syncFile(this.#descriptor);
    await this.#syncFolder();
  }

  /** Not before the commit that names it: this gives up the lock. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await closeFile(this.#descriptor);
  }

  async discard(): Promise<void> {
    await rm(this.#file, { force: true });
    await this.close();
  }
}
