/**
 * queue/embedded/sequence - numbers that no process had before and none will have again.
 *
 * A process reserves them in blocks with a durable write; what it does not use is lost. The next block is reserved
 * while half of the present one is left, so that taking a number waits for the disk only the first time.
 */
import type { Database as Table, RootDatabase } from 'lmdb';
import type { GroupWriter } from './group-writer.js';

const blockSize = 4096;
const key = 'sequence';

/** Where a new store begins: minutes since 2020, so that a store made anew does not repeat the ids of the old. */
function firstNumber(): number {
  return Math.floor((Date.now() - Date.UTC(2020, 0)) / 60_000);
}

interface Block {
  next: number;
  readonly end: number;
}

export class Sequence {
  readonly #root: RootDatabase<Buffer, string>;
  readonly #numbers: Table<Buffer, string>;
  readonly #writer: GroupWriter;
  #block: Block = { next: 0, end: 0 };
  #spare: Block | undefined;
  #reserving = false;

  constructor(
    root: RootDatabase<Buffer, string>,
    numbers: Table<Buffer, string>,
    writer: GroupWriter,
  ) {
    this.#root = root;
    this.#numbers = numbers;
    this.#writer = writer;
  }

  /** @throws system errors when a block is needed and cannot be written */
  next(): number {
    if (this.#block.next === this.#block.end) {
      this.#block = this.#spare ?? this.#reserveNow();
      this.#spare = undefined;
    }
    const number = this.#block.next++;
    if (this.#block.end - this.#block.next <= blockSize / 2 && !this.#spare && !this.#reserving)
      void this.#reserveAhead();
    return number;
  }

  #last(): number {
    return this.#numbers.getEntry(key)?.version ?? firstNumber();
  }

  #reserveNow(): Block {
    return this.#root.transactionSync(() => {
      const next = this.#last();
      const end = next + blockSize;
      this.#numbers.putSync(key, Buffer.from(String(end)), end);
      return { next, end };
    });
  }

  async #reserveAhead(): Promise<void> {
    this.#reserving = true;
    try {
      const next = this.#last();
      const end = next + blockSize;
      const isOurs = await this.#writer.submit(() =>
        this.#numbers.put(key, Buffer.from(String(end)), end, next),
      );
      if (isOurs) this.#spare = { next, end };
    } catch {
      // Disk full: tried again with the next number.
    } finally {
      this.#reserving = false;
    }
  }
}
