/**
 * queue/embedded/new-message - a message while it is received: small content in memory, large in a spool file.
 *
 * Invariant: the spool file and its directory entry are synced before the commit that names it, so that the store
 * never names content that a power cut takes away. What is never committed is removed, or found as an orphan.
 */
import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Envelope, Recipient } from '../../ipc/envelope.js';
import type { NewMessage } from '../store.js';
import { type Database, queueError } from './database.js';
import { blockKey, blocksOf, dueKey, encode, type MessageRecord } from './record.js';

/** Content up to this size rides in the group commit: bytes. */
export const inlineLimit = 128 * 1024;

const nothing = Buffer.alloc(0);
const flushSize = 256 * 1024;

export class EmbeddedNewMessage implements NewMessage {
  readonly queueId: string;
  readonly #database: Database;
  readonly #directory: string;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #size = 0;
  #file: FileHandle | undefined;
  #writing: Promise<void> | undefined;
  #state: 'open' | 'committed' | 'aborted' = 'open';

  constructor(queueId: string, database: Database, directory: string) {
    this.queueId = queueId;
    this.#database = database;
    this.#directory = directory;
  }

  get size(): number {
    return this.#size;
  }

  write(chunk: Uint8Array): void | Promise<void> {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    this.#size += chunk.length;
    const limit = this.#file ? flushSize : inlineLimit;
    if (this.#buffered <= limit) return undefined;
    return this.#spool();
  }

  async commit(message: {
    readonly envelope: Envelope;
    readonly recipients: readonly Recipient[];
    readonly hold: boolean;
  }): Promise<void> {
    if (this.#state !== 'open') throw new Error(`${this.queueId}: commit after ${this.#state}`);
    try {
      if (this.#file) await this.#syncSpool();
      await this.#put(message);
      this.#state = 'committed';
    } catch (error) {
      throw queueError(error, `${this.queueId}: commit`);
    }
  }

  async abort(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'aborted';
    this.#chunks = [];
    if (!this.#file) return;
    await this.#writing?.catch(() => undefined);
    await this.#file.close().catch(() => undefined);
    await rm(this.#spoolPath(), { force: true });
  }

  #spoolPath(): string {
    return path.join(this.#directory, 'spool', this.queueId);
  }

  /** Writes what is buffered; one write at a time, in order. */
  #spool(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#buffered = 0;
    const before = this.#writing;
    this.#writing = (async () => {
      await before;
      try {
        this.#file ??= await open(this.#spoolPath(), 'wx', 0o600);
        await this.#file.writev(chunks);
      } catch (error) {
        throw queueError(error, `${this.queueId}: spool`);
      }
    })();
    return this.#writing;
  }

  async #syncSpool(): Promise<void> {
    if (this.#chunks.length > 0) await this.#spool();
    await this.#writing;
    await this.#file?.sync();
    await this.#file?.close();
    const directory = await open(path.join(this.#directory, 'spool'), 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  /** All puts happen in this event turn, and so in one transaction. Resolves when it is on disk. */
  async #put(message: {
    readonly envelope: Envelope;
    readonly recipients: readonly Recipient[];
    readonly hold: boolean;
  }): Promise<void> {
    const { mail, blocks, content, due } = this.#database;
    const [firstBlock = [], ...others] = blocksOf(message.recipients);
    const record: MessageRecord = {
      state: message.hold ? 'hold' : 'incoming',
      envelope: message.envelope,
      size: this.#size,
      count: message.recipients.length,
      due: message.envelope.arrival,
      warned: false,
      forceExpire: false,
      spooled: this.#file !== undefined,
      firstBlock,
    };
    if (!this.#file) {
      const [only = nothing] = this.#chunks;
      const whole = this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks);
      void content.put(this.queueId, Buffer.from(whole.buffer, whole.byteOffset, whole.length));
    }
    others.forEach(
      (block, index) => void blocks.put(blockKey(this.queueId, index + 1), encode(block)),
    );
    if (!message.hold) void due.put(dueKey('incoming', record.due, this.queueId), nothing);
    await mail.put(this.queueId, encode(record), 1);
  }
}
