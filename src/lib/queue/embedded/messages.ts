/**
 * embedded/messages - one message's entries in the database: read together, and changed only as they were read.
 *
 * Each change is conditional on the version that it was based on, so that no one writes over another's change.
 */
import { QueueError } from '../store.js';
import type { Database } from './database.js';
import { queueError } from './failure.js';
import type { WriteOptions } from './group-writer.js';
import {
  blockKey,
  blockSize,
  type BlockEntry,
  decodeBlock,
  decodeMessage,
  dueKey,
  encode,
  type MessageRecord,
} from './record.js';
import type { Spool } from './spool.js';

const nothing = Buffer.alloc(0);
const maxRetries = 20; // of a change that others keep overtaking

export interface Versioned {
  readonly record: MessageRecord;
  readonly version: number;
}

/** Recipients beyond the first block, by number of the block. */
export type FurtherBlocks = readonly (readonly [number, readonly BlockEntry[]])[];

export class Messages {
  readonly #database: Database;
  readonly #spool: Spool;
  readonly #directory: string;

  constructor(database: Database, spool: Spool, directory: string) {
    this.#database = database;
    this.#spool = spool;
    this.#directory = directory;
  }

  read(queueId: string): Versioned | undefined {
    const entry = this.#database.mail.getEntry(queueId);
    return entry && { record: decodeMessage(entry.value), version: entry.version ?? 0 };
  }

  readBlock(queueId: string, block: number): BlockEntry[] {
    const bytes = this.#database.blocks.getBinary(blockKey(queueId, block));
    return bytes ? decodeBlock(bytes) : [];
  }

  /** Reads, decides, writes; again when someone else was faster. False: not there, or `decide` had nothing to do. */
  async change(
    queueId: string,
    decide: (record: MessageRecord) => MessageRecord | undefined,
  ): Promise<boolean> {
    for (let attempt = 0; attempt < maxRetries; attempt += 1) {
      const found = this.read(queueId);
      const next = found && decide(found.record);
      if (!next) return false;
      if (await this.replace(queueId, found, next, [])) return true;
      this.#database.refresh();
    }
    return false;
  }

  async delete(queueId: string): Promise<boolean> {
    for (let attempt = 0; attempt < maxRetries; attempt += 1) {
      const found = this.read(queueId);
      if (!found) return false;
      if (await this.remove(queueId, found)) return true;
      this.#database.refresh();
    }
    return false;
  }

  /** On disk when it resolves. False: it is not as `old` says any more. @throws {QueueError} */
  replace(
    queueId: string,
    old: Versioned,
    next: MessageRecord,
    further: FurtherBlocks,
    options?: WriteOptions,
  ): Promise<boolean> {
    // Everything is encoded now; the write itself only puts.
    const { mail, blocks, due } = this.#database;
    const encoded = encode(next);
    const encodedBlocks = further.map(
      ([block, entries]) => [blockKey(queueId, block), encode(entries)] as const,
    );
    const oldKey = keyOf(queueId, old.record);
    const nextKey = keyOf(queueId, next);
    return this.#guarded(queueId, old.version, options, () => {
      void mail.put(queueId, encoded, old.version + 1);
      for (const [key, bytes] of encodedBlocks) void blocks.put(key, bytes);
      if (oldKey === nextKey) return;
      if (oldKey !== undefined) void due.remove(oldKey);
      if (nextKey !== undefined) void due.put(nextKey, nothing);
    });
  }

  /** As replace(): the message ends. @throws {QueueError} */
  async remove(queueId: string, old: Versioned, options?: WriteOptions): Promise<boolean> {
    const { record } = old;
    const { mail, blocks, content, due } = this.#database;
    const key = keyOf(queueId, record);
    const removed = await this.#guarded(queueId, old.version, options, () => {
      if (key !== undefined) void due.remove(key);
      if (!record.spooled) void content.remove(queueId);
      for (let block = 1; block * blockSize < record.count; block += 1)
        void blocks.remove(blockKey(queueId, block));
      void mail.remove(queueId);
    });
    if (removed && record.spooled) await this.#spool.remove(queueId);
    return removed;
  }

  /** Of a message that is not there: cannot be, but would be met by every walk. */
  async removeKey(key: string): Promise<void> {
    await this.#database.writer.submit(() => this.#database.due.remove(key)).catch(() => undefined);
  }

  /** Runs `write` in a group commit if the message is still of that version; resolves when on disk. */
  async #guarded(
    queueId: string,
    version: number,
    options: WriteOptions | undefined,
    write: () => void,
  ): Promise<boolean> {
    try {
      const { mail, writer } = this.#database;
      return await writer.submit(() => mail.ifVersion(queueId, version, write), options);
    } catch (error) {
      const cause = await queueError(error, this.#directory);
      throw new QueueError(`${queueId}: ${cause.message}`, cause.reason, { cause: error });
    }
  }
}

/** Where the index of what is due names it; what is on hold stands in no index. */
function keyOf(queueId: string, { state, due }: MessageRecord): string | undefined {
  return state === 'hold' ? undefined : dueKey(state, due, queueId);
}
