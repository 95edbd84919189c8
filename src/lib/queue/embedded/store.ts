/**
 * queue/embedded/store - the queue of one machine, in LMDB. Contract: queue/store.
 *
 * Several processes open it: some add messages, one owns deliveries, commands change single messages. Each change of
 * a message is conditional on the version that it was based on, so that no one writes over another's change; claims
 * live in the owner's memory, so that they end with it.
 */
import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  type Claim,
  type MessageInfo,
  type NewMessage,
  QueueError,
  type QueueStore,
  type Settlement,
  type StoredRecipient,
} from '../store.js';
import { type Database, openDatabase, queueError } from './database.js';
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
  parseDueKey,
} from './record.js';

const nothing = Buffer.alloc(0);
const chunkSize = 64 * 1024;
const maxRetries = 20; // of a change that others keep overtaking
const orphanAgeMs = 24 * 3600 * 1000; // longer than any session that may still write its spool file

interface Versioned {
  readonly record: MessageRecord;
  readonly version: number;
}

export class EmbeddedStore implements QueueStore {
  readonly #database: Database;
  readonly #directory: string;
  readonly #claimed = new Set<string>();
  #owner = 0;

  constructor(directory: string) {
    this.#directory = directory;
    this.#database = openDatabase(directory);
  }

  begin(): NewMessage {
    // Microseconds first, as in Postfix's short ids, so that ids of one moment do not look alike.
    const micros = Math.floor(performance.now() * 1000) % 0x100000;
    const id = micros.toString(16).padStart(5, '0') + this.#database.nextSequence().toString(16);
    return new EmbeddedNewMessage(id.toUpperCase(), this.#database, this.#directory);
  }

  async claim(
    from: 'incoming' | 'deferred',
    now: number,
    limit: number,
  ): Promise<readonly Claim[]> {
    if (this.#owner === 0) {
      this.#owner = this.#database.takeOwnership();
      this.#database.checkReaders();
      await this.#removeOrphans(now);
    }
    // A message of another process may have been announced within the life of our last snapshot.
    this.#database.refresh();
    const prefix = from === 'incoming' ? 'i' : 'd';
    const end = from === 'incoming' ? 'j' : dueKey('deferred', now + 1, '');
    const claims: Claim[] = [];
    for (const key of this.#database.due.getKeys({ start: prefix, end })) {
      if (claims.length >= limit) break;
      const { queueId } = parseDueKey(key);
      if (this.#claimed.has(queueId)) continue;
      const found = this.#read(queueId);
      if (!found) {
        await this.#database.due.remove(key); // left by a message that is gone
        continue;
      }
      this.#claimed.add(queueId);
      claims.push({ queueId, token: this.#owner, message: infoOf(queueId, found.record) });
    }
    return claims;
  }

  recipients(queueId: string, from: number, limit: number): readonly StoredRecipient[] {
    const found = this.#read(queueId);
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
    this.#checkOwner(claim);
    const { queueId } = claim;
    for (let attempt = 0; attempt < maxRetries; attempt += 1) {
      const found = this.#read(queueId);
      if (!found) {
        this.#claimed.delete(queueId);
        throw new QueueError(`${queueId}: was removed meanwhile`, 'gone');
      }
      if (await this.#trySettle(claim, found, settlement)) {
        if (settlement.then.is !== 'keep') this.#claimed.delete(queueId);
        return;
      }
    }
    throw new QueueError(`${queueId}: others keep changing it`, 'stale');
  }

  async release(claim: Claim, at: number): Promise<void> {
    await this.settle(claim, { recipients: new Map(), then: { is: 'defer', at } });
  }

  nextDue(): number | undefined {
    for (const key of this.#database.due.getKeys({ start: 'd', end: 'e' })) {
      const { due, queueId } = parseDueKey(key);
      if (!this.#claimed.has(queueId)) return due;
    }
    return undefined;
  }

  async *content(queueId: string): AsyncIterable<Uint8Array> {
    const inline = this.inlineContent(queueId);
    if (inline) {
      for (let offset = 0; offset < inline.length; offset += chunkSize) {
        yield inline.subarray(offset, offset + chunkSize);
      }
      return;
    }
    const stream = createReadStream(path.join(this.#directory, 'spool', queueId), {
      highWaterMark: chunkSize,
    });
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
    }));
  }

  expire(queueId: string, force: boolean): Promise<boolean> {
    return this.#change(queueId, (record) => {
      if (record.state === 'hold' && !force) return { ...record, forceExpire: true };
      return {
        ...record,
        forceExpire: true,
        state: record.state === 'hold' ? 'deferred' : record.state,
        due: record.state === 'incoming' ? record.due : 0,
      };
    });
  }

  async delete(queueId: string): Promise<boolean> {
    for (let attempt = 0; attempt < maxRetries; attempt += 1) {
      const found = this.#read(queueId);
      if (!found) return false;
      if (
        await this.#guarded(queueId, found.version, () => this.#removeAll(queueId, found.record))
      ) {
        await this.#removeSpooled(queueId, found.record);
        return true;
      }
    }
    return false;
  }

  async makeDue(now: number, queueId?: string): Promise<number> {
    let count = 0;
    const start = dueKey('deferred', now + 1, '');
    const changes: Promise<boolean>[] = [];
    for (const key of this.#database.due.getKeys({ start, end: 'e' })) {
      const { queueId: found } = parseDueKey(key);
      if (queueId !== undefined && found !== queueId) continue;
      changes.push(
        this.#change(found, (record) =>
          record.state === 'deferred' ? { ...record, due: now } : undefined,
        ),
      );
      if (changes.length >= 1000)
        count += (await Promise.all(changes.splice(0))).filter(Boolean).length;
    }
    return count + (await Promise.all(changes)).filter(Boolean).length;
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  #read(queueId: string): Versioned | undefined {
    const entry = this.#database.mail.getEntry(queueId);
    return entry && { record: decodeMessage(entry.value), version: entry.version ?? 0 };
  }

  #readBlock(queueId: string, block: number): BlockEntry[] {
    const bytes = this.#database.blocks.getBinary(blockKey(queueId, block));
    return bytes ? decodeBlock(bytes) : [];
  }

  #checkOwner(claim: Claim): void {
    if (claim.token !== this.#owner || this.#database.currentOwner() !== this.#owner) {
      throw new QueueError(`${claim.queueId}: another queue manager has taken over`, 'stale');
    }
  }

  async #trySettle(claim: Claim, found: Versioned, settlement: Settlement): Promise<boolean> {
    const { queueId } = claim;
    const { record, version } = found;
    if (settlement.then.is === 'remove') {
      const done = await this.#guarded(queueId, version, () => this.#removeAll(queueId, record));
      if (done) await this.#removeSpooled(queueId, record);
      return done;
    }
    const blocks = this.#settledBlocks(queueId, record, settlement);
    const deferred = settlement.then.is === 'defer' && record.state !== 'hold';
    const next: MessageRecord = {
      ...record,
      firstBlock: blocks.get(0) ?? record.firstBlock,
      warned: settlement.warned ?? record.warned,
      ...(settlement.then.is === 'defer' && deferred
        ? { state: 'deferred', due: settlement.then.at }
        : {}),
    };
    return this.#guarded(queueId, version, () => {
      for (const [block, entries] of blocks) {
        if (block > 0) void this.#database.blocks.put(blockKey(queueId, block), encode(entries));
      }
      this.#replace(queueId, record, next, version);
    });
  }

  #settledBlocks(
    queueId: string,
    record: MessageRecord,
    settlement: Settlement,
  ): Map<number, readonly BlockEntry[]> {
    const blocks = new Map<number, BlockEntry[]>();
    for (const [index, change] of settlement.recipients) {
      const number = Math.floor(index / blockSize);
      let entries = blocks.get(number);
      if (!entries) {
        entries = number === 0 ? [...record.firstBlock] : this.#readBlock(queueId, number);
        blocks.set(number, entries);
      }
      const entry = entries[index % blockSize];
      if (entry) entries[index % blockSize] = { ...entry, ...change };
    }
    return blocks;
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
      if (
        await this.#guarded(queueId, found.version, () =>
          this.#replace(queueId, found.record, next, found.version),
        )
      )
        return true;
    }
    return false;
  }

  /** Runs `write` in one transaction if the message is still of that version; resolves when on disk. */
  async #guarded(queueId: string, version: number, write: () => void): Promise<boolean> {
    try {
      return await this.#database.mail.ifVersion(queueId, version, write);
    } catch (error) {
      throw queueError(error, queueId);
    }
  }

  #replace(queueId: string, old: MessageRecord, next: MessageRecord, version: number): void {
    const { mail, due } = this.#database;
    if (old.state !== 'hold') void due.remove(dueKey(old.state, old.due, queueId));
    if (next.state !== 'hold') void due.put(dueKey(next.state, next.due, queueId), nothing);
    void mail.put(queueId, encode(next), version + 1);
  }

  #removeAll(queueId: string, record: MessageRecord): void {
    const { mail, blocks, content, due } = this.#database;
    if (record.state !== 'hold') void due.remove(dueKey(record.state, record.due, queueId));
    if (!record.spooled) void content.remove(queueId);
    for (let block = 1; block * blockSize < record.count; block += 1)
      void blocks.remove(blockKey(queueId, block));
    void mail.remove(queueId);
  }

  async #removeSpooled(queueId: string, record: MessageRecord): Promise<void> {
    if (record.spooled) await rm(path.join(this.#directory, 'spool', queueId), { force: true });
  }

  /** Spool files that no message names: of sessions that died. */
  async #removeOrphans(now: number): Promise<void> {
    const spool = path.join(this.#directory, 'spool');
    for (const name of await readdir(spool)) {
      if (this.#read(name)) continue;
      const file = path.join(spool, name);
      const found = await stat(file).catch(() => undefined);
      if (found && now - found.mtimeMs > orphanAgeMs) await rm(file, { force: true });
    }
  }
}
