/**
 * queue/embedded/new-message - a message while it is received: small content in memory, large in a spool file.
 *
 * Invariant: whatever the commit names is on disk before it. What is never committed is removed, or found as an orphan.
 */
import type { Envelope, Recipient } from '../../ipc/envelope.js';
import { wireSize } from '../../util/line-ends.js';
import type { NewMessage } from '../store.js';
import type { Database } from './database.js';
import { queueError } from './failure.js';
import { blockKey, blocksOf, dueKey, encode, type MessageRecord } from './record.js';
import type { Spool, SpoolFile } from './spool.js';

/** Content up to this size rides in the group commit: bytes. */
export const inlineLimit = 128 * 1024;

const nothing = Buffer.alloc(0);
const flushSize = 256 * 1024;

type Committed = Parameters<NewMessage['commit']>[0];

interface Home {
  readonly database: Database;
  readonly spool: Spool;
  readonly directory: string;
}

export class EmbeddedNewMessage implements NewMessage {
  readonly queueId: string;
  readonly #home: Home;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #size = 0;
  #spooled = false;
  #file: SpoolFile | undefined;
  #writing: Promise<void> | undefined;
  #state: 'open' | 'committed' | 'aborted' = 'open';

  constructor(queueId: string, home: Home) {
    this.queueId = queueId;
    this.#home = home;
  }

  get size(): number {
    return this.#size;
  }

  write(chunk: Uint8Array): void | Promise<void> {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    this.#size += wireSize(chunk);
    const limit = this.#spooled ? flushSize : inlineLimit;
    if (this.#buffered <= limit) return undefined;
    return this.#flush();
  }

  async commit(message: Committed): Promise<void> {
    if (this.#state !== 'open') throw new Error(`${this.queueId}: commit after ${this.#state}`);
    try {
      if (this.#spooled) {
        if (this.#chunks.length > 0) void this.#flush();
        await this.#writing;
        await this.#file?.sync();
      }
      await this.#put(message.envelope, message.recipients, message.hold);
    } catch (error) {
      throw await queueError(error, this.#home.directory);
    }
    this.#state = 'committed';
    this.#chunks = [];
    await this.#file?.close();
  }

  async abort(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'aborted';
    this.#chunks = [];
    if (!this.#spooled) return;
    await this.#writing?.catch(() => undefined);
    await this.#file?.discard().catch(() => undefined); // an orphan then, found later
  }

  /** Writes what is buffered; one write at a time, in order. After a failure all later ones fail too. */
  #flush(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#buffered = 0;
    this.#spooled = true;
    const writing = this.#append(this.#writing, chunks);
    writing.catch(() => undefined); // commit() reports it, also when no one waits here
    this.#writing = writing;
    return writing;
  }

  async #append(before: Promise<void> | undefined, chunks: readonly Uint8Array[]): Promise<void> {
    await before;
    try {
      this.#file ??= await this.#home.spool.create(this.queueId);
      await this.#file.append(chunks);
    } catch (error) {
      throw await queueError(error, this.#home.directory);
    }
  }

  /** Resolves when it is on disk. */
  async #put(envelope: Envelope, recipients: readonly Recipient[], hold: boolean): Promise<void> {
    const { mail, blocks, content, due, writer } = this.#home.database;
    const [firstBlock = [], ...others] = blocksOf(recipients);
    const record: MessageRecord = {
      state: hold ? 'hold' : 'incoming',
      envelope,
      size: this.#size,
      count: recipients.length,
      due: envelope.arrival,
      warned: false,
      forceExpire: false,
      spooled: this.#spooled,
      firstBlock,
    };
    const id = this.queueId;
    const encoded = encode(record);
    const further = others.map((block) => encode(block));
    const whole = this.#spooled ? undefined : joined(this.#chunks);
    const isNew = await writer.submit(() =>
      mail.ifNoExists(id, () => {
        void mail.put(id, encoded, 1);
        if (whole) void content.put(id, whole);
        further.forEach((block, index) => void blocks.put(blockKey(id, index + 1), block));
        if (!hold) void due.put(dueKey('incoming', record.due, id), nothing);
      }),
    );
    if (!isNew) throw new Error(`${id}: this queue id is taken`);
  }
}

function joined(chunks: readonly Uint8Array[]): Buffer {
  const [only] = chunks;
  if (!only) return nothing;
  if (chunks.length > 1) return Buffer.concat(chunks);
  return Buffer.from(only.buffer, only.byteOffset, only.length);
}
