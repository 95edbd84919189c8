/**
 * dict/hidden-tables - reads, as root, the table files that workers cannot read once they are mail_owner.
 *
 * Only files that the configuration names, only regular ones, nothing of them is parsed here. Files are looked at
 * every second, so that a rebuilt table is in use soon. Postfix: its daemons open tables before they drop root, and
 * start anew when a table has changed.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import type { Log } from '../log/log.js';
import type { Clock, Timer } from '../sys/clock.js';
import { errnoText } from '../util/errno-text.js';
import type { FileSignature } from './file/format.js';
import type { HandedFile, HandedFiles } from './file/handed.js';
import { isSame, signatureAt, signatureOf } from './file/signature.js';

export interface HiddenTablesParts {
  readonly log: Log;
  readonly clock: Clock;
  /** Does the work with the rights of a worker. */
  asWorker<T>(work: () => T): T;
  onChange(files: HandedFiles): void;
}

const watchMs = 1000;
const maxSize = 16 * 1024 * 1024; // it travels over the channel to each worker

export class HiddenTables {
  readonly #parts: HiddenTablesParts;
  #seen = new Map<string, FileSignature | undefined>();
  #files = new Map<string, HandedFile>();
  #timer: Timer | undefined;

  constructor(parts: HiddenTablesParts) {
    this.#parts = parts;
  }

  get files(): HandedFiles {
    return Object.fromEntries(this.#files);
  }

  /** Takes the files of new settings, at start and reload. */
  use(names: readonly string[]): void {
    this.#seen = new Map();
    this.#files = new Map();
    for (const name of names) this.#look(name);
    this.stop();
    if (names.length > 0)
      this.#timer = this.#parts.clock.after(watchMs, () => this.#watch(), false);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #watch(): void {
    this.#timer = this.#parts.clock.after(watchMs, () => this.#watch(), false);
    let isChanged = false;
    for (const [name, before] of this.#seen) {
      const now = signatureAt(name);
      const isUnchanged =
        now === undefined || before === undefined ? now === before : isSame(now, before);
      if (!isUnchanged && this.#look(name)) isChanged = true;
    }
    if (isChanged) this.#parts.onChange(this.files);
  }

  /** @returns whether workers must be told */
  #look(name: string): boolean {
    const wasHanded = this.#files.delete(name);
    this.#seen.set(name, signatureAt(name));
    if (this.#parts.asWorker(() => isReadable(name))) return wasHanded;
    try {
      const file = read(name);
      this.#files.set(name, file);
      this.#seen.set(name, file.signature);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#parts.log.warning(`table ${name}: ${errnoText(error)}`);
      return wasHanded;
    }
  }
}

const flags = constants.O_RDONLY | constants.O_NONBLOCK; // not to wait for the writer of a pipe

function isReadable(name: string): boolean {
  try {
    closeSync(openSync(name, flags));
    return true;
  } catch {
    return false;
  }
}

/** @throws system errors; not a regular file, too large */
function read(name: string): HandedFile {
  const descriptor = openSync(name, flags);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new Error('not a regular file');
    if (stats.size > maxSize)
      throw new Error(
        `larger than ${maxSize} bytes and not readable for mail_owner; let its group read it`,
      );
    return { base64: readFileSync(descriptor).toString('base64'), signature: signatureOf(stats) };
  } finally {
    closeSync(descriptor);
  }
}
