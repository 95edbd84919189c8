/**
 * queue/embedded/store - the queue of one machine, in LMDB. Contract: queue/store.
 *
 * Several processes open it: some add messages, one owns deliveries, commands change single messages. Each change of
 * a message is conditional on the version that it was based on, so that no one writes over another's change; claims
 * live in the owner's memory, so that they end with it.
 */
import { createReadStream } from 'node:fs';
import {
  type Claim,
  type MessageInfo,
  type NewMessage,
  QueueError,
  type QueueStore,
  type Settlement,
  type StoredRecipient,
} from '../store.js';
import { type Database, openDatabase } from './database.js';
import { DueIndex } from './due-index.js';
import { queueError } from './failure.js';
import { EmbeddedNewMessage } from './new-message.js';
import {
  blockKey,
  blockSize,
  type BlockEntry,
  decodeBlock,
  decodeMessage,
  dueKey,
  encode,
  infoOf,
  type MessageRecord,
  settledBlocks,
  settledRecord,
} from './record.js';
import { Spool } from './spool.js';

const nothing = Buffer.alloc(0);
const chunkSize = 64 * 1024;
const maxRetries = 20; // of a change that others keep overtaking
const upkeepMs = 10 * 60_000;
const changesAtOnce = 500;

interface Versioned {
  readonly record: MessageRecord;
  readonly version: number;
}

/** What the owner knows of a message that it works on: saves reading it again, and is checked when it is written. */
interface Held extends Versioned {
  /** As it was when claimed. */
  readonly claimed: MessageRecord;
}

export class EmbeddedStore implements QueueStore {
  readonly #database: Database;
  readonly #directory: string;
  readonly #spool: Spool;
  readonly #index: DueIndex;
  readonly #held = new Map<string, Held>();
  #owner = 0;
  #nextUpkeep = 0;
  #upkeep: Promise<void> = Promise.resolve();

  constructor(directory: string, readOnly = false) {
    this.#directory = directory;
    this.#database = openDatabase(directory, readOnly);
    this.#spool = new Spool(directory);
    this.#index = new DueIndex(this.#database.due);
  }

  begin(): NewMessage {
    // Microseconds first, as in Postfix's short ids, so that ids of one moment do not look alike.
    const micros = Math.floor(performance.now() * 1000) % 0x100000;
    const id = micros.toString(16).padStart(5, '0') + this.#nextNumber().toString(16);
    return new EmbeddedNewMessage(id.toUpperCase(), {
      database: this.#database,
      spool: this.#spool,
      directory: this.#directory,
    });
  }

  async claim(
    from: 'incoming' | 'deferred',
    now: number,
    limit: number,
  ): Promise<readonly Claim[]> {
    this.#beOwner(now);
    const claims: Claim[] = [];
    const dangling: string[] = [];
    this.#index.walk(from, now, limit, (queueId, key) => {
      if (this.#held.has(queueId)) return false;
      const found = this.#read(queueId);
      if (found) claims.push(this.#hold(queueId, found));
      else dangling.push(key);
      return found !== undefined;
    });
    for (const key of dangling) await this.#removeKey(key);
    return claims;
  }

  async claimById(queueIds: readonly string[], now: number): Promise<readonly Claim[]> {
    this.#beOwner(now);
    this.#database.refresh();
    const claims: Claim[] = [];
    for (const queueId of queueIds) {
      if (this.#held.has(queueId)) continue;
      const found = this.#read(queueId);
      if (!found || found.record.state === 'hold') continue;
      if (found.record.state === 'deferred' && found.record.due > now) continue;
      claims.push(this.#hold(queueId, found));
    }
    return claims;
  }

  recipients(queueId: string, from: number, limit: number): readonly StoredRecipient[] {
    const found = this.#held.get(queueId) ?? this.#read(queueId);
    if (!found) return [];
    const end = Math.min(found.record.count, from + limit);
    const result: StoredRecipient[] = [];
    for (let block = Math.floor(from / blockSize); block * blockSize < end; block += 1) {
      const entries = block === 0 ? found.record.firstBlock : this.#readBlock(queueId, block);
      entries.forEach((entry, offset) => {
        const index = block * blockSize + offset;
        if (index >= from && index < end) result.push({ ...entry, index });
      });
    }
    return result;
  }

  async settle(claim: Claim, settlement: Settlement): Promise<void> {
    const { queueId } = claim;
    for (let attempt = 0; attempt < maxRetries; attempt += 1) {
      const held = this.#held.get(queueId);
      if (!held || claim.token !== this.#owner)
        throw new QueueError(`${queueId}: it is not claimed any more`, 'stale');
      if (await this.#trySettle(queueId, held, settlement)) {
        if (settlement.then.is !== 'keep') this.#held.delete(queueId);
        return;
      }
      this.#database.refresh();
      if (this.#database.currentOwner() !== this.#owner) {
        this.#held.delete(queueId);
        throw new QueueError(`${queueId}: another queue manager has taken over`, 'stale');
      }
      const found = this.#read(queueId);
      if (!found) {
        this.#held.delete(queueId);
        throw new QueueError(`${queueId}: it was removed meanwhile`, 'gone');
      }
      this.#held.set(queueId, { ...held, ...found });
    }
    throw new QueueError(`${queueId}: others keep changing it`, 'failed');
  }

  release(claim: Claim, at: number): Promise<void> {
    return this.settle(claim, { recipients: new Map(), then: { is: 'defer', at } });
  }

  nextDue(after: number): number | undefined {
    return this.#index.nextDue(after);
  }

  async *content(queueId: string): AsyncIterable<Uint8Array> {
    const inline = this.inlineContent(queueId);
    if (inline) {
      for (let offset = 0; offset < inline.length; offset += chunkSize) {
        yield inline.subarray(offset, offset + chunkSize);
      }
      return;
    }
    const stream = createReadStream(this.#spool.pathOf(queueId), { highWaterMark: chunkSize });
    try {
      for await (const chunk of stream) yield chunk as Buffer;
    } catch (error) {
      throw new QueueError(`${queueId}: ${(error as Error).message}`, 'gone', { cause: error });
    }
  }

  inlineContent(queueId: string): Uint8Array | undefined {
    return this.#database.content.getBinary(queueId);
  }

  info(queueId: string): MessageInfo | undefined {
    const found = this.#read(queueId);
    return found && infoOf(queueId, found.record);
  }

  *list(): Iterable<MessageInfo> {
    for (const { key, value } of this.#database.mail.getRange({ snapshot: false })) {
      yield infoOf(key, decodeMessage(value));
    }
  }

  hold(queueId: string): Promise<boolean> {
    return this.#change(queueId, (record) =>
      record.state === 'hold' ? undefined : { ...record, state: 'hold' },
    );
  }

  releaseHold(queueId: string): Promise<boolean> {
    return this.#change(queueId, (record) =>
      record.state === 'hold' ? { ...record, state: 'deferred', due: 0 } : undefined,
    );
  }

  requeue(queueId: string): Promise<boolean> {
    return this.#change(queueId, (record) => ({
      ...record,
      state: 'incoming',
      due: record.envelope.arrival,
      warned: false,
      forceExpire: false,
    }));
  }

  expire(queueId: string): Promise<boolean> {
    return this.#change(queueId, (record) =>
      record.forceExpire ? undefined : { ...record, forceExpire: true },
    );
  }

  async delete(queueId: string): Promise<boolean> {
    for (let attempt = 0; attempt < maxRetries; attempt += 1) {
      const found = this.#read(queueId);
      if (!found) return false;
      const removed = await this.#guarded(queueId, found.version, {}, () =>
        this.#removeAll(queueId, found.record),
      );
      if (removed) {
        if (found.record.spooled) await this.#spool.remove(queueId);
        return true;
      }
      this.#database.refresh();
    }
    return false;
  }

  async makeDue(now: number, queueId?: string): Promise<number> {
    const makeOneDue = (id: string): Promise<boolean> =>
      this.#change(id, (record) =>
        record.state === 'deferred' && record.due > now ? { ...record, due: now } : undefined,
      );
    if (queueId !== undefined) return (await makeOneDue(queueId)) ? 1 : 0;
    let count = 0;
    let changes: Promise<boolean>[] = [];
    const finish = async (): Promise<void> => {
      count += (await Promise.all(changes)).filter(Boolean).length;
      changes = [];
    };
    for (const id of this.#index.waiting(now)) {
      changes.push(makeOneDue(id));
      if (changes.length >= changesAtOnce) await finish();
    }
    await finish();
    return count;
  }

  async close(): Promise<void> {
    await this.#upkeep;
    await this.#database.close();
  }

  #nextNumber(): number {
    try {
      return this.#database.sequence.next();
    } catch (error) {
      // As good as always for lack of space: LMDB says "Input/output error".
      throw new QueueError(`no queue id can be reserved: ${(error as Error).message}`, 'full', {
        cause: error,
      });
    }
  }

  /** The first claim makes this process the owner; from time to time it cleans up after processes that died. */
  #beOwner(now: number): void {
    if (this.#owner === 0) this.#owner = this.#database.takeOwnership();
    if (now < this.#nextUpkeep) return;
    this.#nextUpkeep = now + upkeepMs;
    this.#database.checkReaders();
    const isNamed = (queueId: string): boolean => {
      this.#database.refresh();
      return this.#read(queueId) !== undefined;
    };
    this.#upkeep = this.#spool.removeOrphans(isNamed, now).then(
      () => undefined,
      () => undefined, // tried again next time
    );
  }

  #hold(queueId: string, found: Versioned): Claim {
    this.#held.set(queueId, { ...found, claimed: found.record });
    return { queueId, token: this.#owner, message: infoOf(queueId, found.record) };
  }

  #read(queueId: string): Versioned | undefined {
    const entry = this.#database.mail.getEntry(queueId);
    return entry && { record: decodeMessage(entry.value), version: entry.version ?? 0 };
  }

  #readBlock(queueId: string, block: number): BlockEntry[] {
    const bytes = this.#database.blocks.getBinary(blockKey(queueId, block));
    return bytes ? decodeBlock(bytes) : [];
  }

  async #trySettle(queueId: string, held: Held, settlement: Settlement): Promise<boolean> {
    const { record, version, claimed } = held;
    const options = { owner: this.#owner, lazy: true };
    if (settlement.then.is === 'remove') {
      const removed = await this.#guarded(queueId, version, options, () =>
        this.#removeAll(queueId, record),
      );
      if (removed && record.spooled) await this.#spool.remove(queueId);
      return removed;
    }
    const blocks = settledBlocks(settlement, (block) =>
      block === 0 ? record.firstBlock : this.#readBlock(queueId, block),
    );
    const next = settledRecord(record, claimed, settlement, blocks.get(0) ?? record.firstBlock);
    const further = [...blocks].filter(([block]) => block > 0);
    const written = await this.#guarded(
      queueId,
      version,
      options,
      this.#replacing(queueId, record, next, version, further),
    );
    if (written) this.#held.set(queueId, { record: next, version: version + 1, claimed });
    return written;
  }

  /** Reads, decides, writes; again when someone else was faster. False: not there, or `decide` had nothing to do. */
  async #change(
    queueId: string,
    decide: (record: MessageRecord) => MessageRecord | undefined,
  ): Promise<boolean> {
    for (let attempt = 0; attempt < maxRetries; attempt += 1) {
      const found = this.#read(queueId);
      const next = found && decide(found.record);
      if (!next) return false;
      const { record, version } = found;
      const write = this.#replacing(queueId, record, next, version, []);
      if (await this.#guarded(queueId, version, {}, write)) return true;
      this.#database.refresh();
    }
    return false;
  }

  /** Runs `write` in a group commit if the message is still of that version; resolves when on disk. */
  async #guarded(
    queueId: string,
    version: number,
    options: { owner?: number; lazy?: boolean },
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

  /** Everything is encoded now; what is returned only puts. */
  #replacing(
    queueId: string,
    old: MessageRecord,
    next: MessageRecord,
    version: number,
    further: readonly (readonly [number, readonly BlockEntry[]])[],
  ): () => void {
    const { mail, blocks, due } = this.#database;
    const encoded = encode(next);
    const encodedBlocks = further.map(
      ([block, entries]) => [blockKey(queueId, block), encode(entries)] as const,
    );
    const oldKey = old.state === 'hold' ? undefined : dueKey(old.state, old.due, queueId);
    const nextKey = next.state === 'hold' ? undefined : dueKey(next.state, next.due, queueId);
    return () => {
      void mail.put(queueId, encoded, version + 1);
      for (const [key, bytes] of encodedBlocks) void blocks.put(key, bytes);
      if (oldKey === nextKey) return;
      if (oldKey !== undefined) void due.remove(oldKey);
      if (nextKey !== undefined) void due.put(nextKey, nothing);
    };
  }

  #removeAll(queueId: string, record: MessageRecord): void {
    const { mail, blocks, content, due } = this.#database;
    if (record.state !== 'hold') void due.remove(dueKey(record.state, record.due, queueId));
    if (!record.spooled) void content.remove(queueId);
    for (let block = 1; block * blockSize < record.count; block += 1)
      void blocks.remove(blockKey(queueId, block));
    void mail.remove(queueId);
  }

  /** Of a message that is not there: cannot be, but would be met by every walk. */
  async #removeKey(key: string): Promise<void> {
    await this.#database.writer.submit(() => this.#database.due.remove(key)).catch(() => undefined);
  }
}
