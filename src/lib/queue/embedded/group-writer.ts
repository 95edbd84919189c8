/**
 * queue/embedded/group-writer - the group commit: all writes that wait when a commit begins share it and its sync.
 *
 * One commit at a time; what comes meanwhile goes into the next. A write is conditional: its promise says whether its
 * condition held, after the data is on disk. `owned` writes are made only while their owner is the current one, which
 * is checked in the same transaction (fencing). A failed commit rejects all its writes, and nothing of it is stored.
 */
import type { Database as Table, RootDatabase } from 'lmdb';
import { QueueError } from '../store.js';
import { queueError } from './failure.js';

/** Called while the transaction is put together: one conditional put or ifVersion() block of the library. */
export type Write = () => Promise<boolean>;

export interface WriteOptions {
  /** Only while this is the current owner's number. */
  readonly owner?: number;
  /** No one waits for it: it may wait for others, `lazyMs` at most, to share their commit. */
  readonly lazy?: boolean;
}

interface Waiting {
  readonly write: Write;
  readonly owner: number;
  readonly resolve: (holds: boolean) => void;
  readonly reject: (error: Error) => void;
}

/** Writes a commit; the library begins to write before the batch is complete at 1000 operations. */
const maxGroup = 150;
const lazyMs = 4;

export class GroupWriter {
  readonly #root: RootDatabase<Buffer, string>;
  readonly #numbers: Table<Buffer, string>;
  readonly #directory: string;
  #waiting: Waiting[] = [];
  #running = false;
  #soon = false;
  #timer: NodeJS.Timeout | undefined;
  #onIdle: (() => void)[] = [];

  constructor(
    root: RootDatabase<Buffer, string>,
    numbers: Table<Buffer, string>,
    directory: string,
  ) {
    this.#root = root;
    this.#numbers = numbers;
    this.#directory = directory;
  }

  /** Resolves after the sync: whether the condition held. @throws {QueueError} */
  submit(write: Write, { owner = 0, lazy = false }: WriteOptions = {}): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, owner, resolve, reject });
      if (!lazy) this.#startSoon();
      else if (!this.#running && !this.#soon)
        this.#timer ??= setTimeout(() => this.#startSoon(), lazyMs);
    });
  }

  /** Resolves when nothing waits and nothing is under way. */
  async drain(): Promise<void> {
    while (this.#running || this.#waiting.length > 0) {
      this.#startSoon();
      await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    }
  }

  #startSoon(): void {
    if (this.#running || this.#soon) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#soon = true;
    // What else this event turn brings belongs into the same commit.
    setImmediate(() => this.#commit());
  }

  #commit(): void {
    this.#soon = false;
    const group = this.#waiting.splice(0, maxGroup);
    if (group.length === 0) return;
    this.#running = true;
    try {
      this.#root
        .batch(() => this.#put(group))
        .then(
          () => this.#ended(),
          (error: unknown) => this.#failed(group, error),
        );
    } catch (error) {
      this.#failed(group, error);
    }
  }

  #put(group: readonly Waiting[]): void {
    const owned: Waiting[] = [];
    for (const one of group) {
      if (one.owner === 0) putOne(one);
      else owned.push(one);
    }
    const [first] = owned;
    if (!first) return;
    const check = this.#numbers.ifVersion('owner', first.owner, () => {
      for (const one of owned) putOne(one);
    });
    check.catch(ignore); // the batch reports it
  }

  #ended(): void {
    this.#running = false;
    for (const resolve of this.#onIdle.splice(0)) resolve();
    if (this.#waiting.length > 0) this.#startSoon();
  }

  #failed(group: readonly Waiting[], error: unknown): void {
    void queueError(error, this.#directory).then((cause) => {
      for (const { reject } of group)
        reject(new QueueError(cause.message, cause.reason, { cause: error }));
      this.#ended();
    });
  }
}

function putOne(one: Waiting): void {
  try {
    one.write().then(one.resolve, ignore);
  } catch (error) {
    one.reject(error as Error);
  }
}

function ignore(): void {
  // Rejections of single writes: the whole commit failed, and #failed() tells everyone.
}
