/**
 * queue/embedded/store - the queue of one machine, in LMDB. Contract: queue/store.
 *
 * Several processes open it: some add messages, one owns deliveries (claims), commands change single messages
 * (messages).
 */
import { createReadStream } from 'node:fs';
import {
  type Claim,
  type Handover,
  type MessageInfo,
  type NewMessage,
  QueueError,
  type QueueStore,
  type Settlement,
  type StoredRecipient,
} from '../store.js';
import { Claims } from './claims.js';
import { type Database, openDatabase } from './database.js';
import { DueIndex } from './due-index.js';
import { Messages } from './messages.js';
import { EmbeddedNewMessage } from './new-message.js';
import { decodeMessage, infoOf } from './record.js';
import { Spool } from './spool.js';

const chunkSize = 64 * 1024;
const upkeepMs = 10 * 60_000;
const changesAtOnce = 500;

export class EmbeddedStore implements QueueStore {
  readonly #database: Database;
  readonly #directory: string;
  readonly #spool: Spool;
  readonly #index: DueIndex;
  readonly #messages: Messages;
  readonly #claims: Claims;
  #nextUpkeep = 0;
  #upkeep: Promise<void> = Promise.resolve();

  constructor(directory: string, readOnly = false) {
    this.#directory = directory;
    this.#database = openDatabase(directory, readOnly);
    this.#spool = new Spool(directory);
    this.#index = new DueIndex(this.#database.due);
    this.#messages = new Messages(this.#database, this.#spool, directory);
    this.#claims = new Claims(this.#database, this.#messages, this.#index);
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

  claim(from: 'incoming' | 'deferred', now: number, limit: number): Promise<readonly Claim[]> {
    this.#keepUp(now);
    return this.#claims.claim(from, now, limit);
  }

  async claimById(queueIds: readonly string[], now: number): Promise<readonly Claim[]> {
    this.#keepUp(now);
    return this.#claims.byId(queueIds, now);
  }

  recipients(queueId: string, from: number, limit: number): readonly StoredRecipient[] {
    return this.#claims.recipients(queueId, from, limit);
  }

  settle(claim: Claim, settlement: Settlement): Promise<void> {
    return this.#claims.settle(claim, settlement);
  }

  release(claim: Claim, at: number): Promise<void> {
    return this.settle(claim, { recipients: new Map(), then: { is: 'defer', at } });
  }

  handOver(): Handover {
    return this.#claims.handOver();
  }

  takeOver(handover: Handover): void {
    this.#claims.takeOver(handover);
  }

  handedBack(queueIds: readonly string[]): void {
    this.#claims.handedBack(queueIds);
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
    const found = this.#messages.read(queueId);
    return found && infoOf(queueId, found.record);
  }

  *list(): Iterable<MessageInfo> {
    for (const { key, value } of this.#database.mail.getRange({ snapshot: false })) {
      yield infoOf(key, decodeMessage(value));
    }
  }

  hold(queueId: string): Promise<boolean> {
    return this.#messages.change(queueId, (record) =>
      record.state === 'hold' ? undefined : { ...record, state: 'hold' },
    );
  }

  releaseHold(queueId: string): Promise<boolean> {
    return this.#messages.change(queueId, (record) =>
      record.state === 'hold' ? { ...record, state: 'deferred', due: 0 } : undefined,
    );
  }

  requeue(queueId: string): Promise<boolean> {
    return this.#messages.change(queueId, (record) => ({
      ...record,
      state: 'incoming',
      due: record.envelope.arrival,
      warned: false,
      forceExpire: false,
    }));
  }

  expire(queueId: string): Promise<boolean> {
    return this.#messages.change(queueId, (record) =>
      record.forceExpire ? undefined : { ...record, forceExpire: true },
    );
  }

  delete(queueId: string): Promise<boolean> {
    return this.#messages.delete(queueId);
  }

  async makeDue(now: number, queueId?: string): Promise<number> {
    const makeOneDue = (id: string): Promise<boolean> =>
      this.#messages.change(id, (record) =>
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

  /** From time to time the owner of deliveries cleans up after processes that died. */
  #keepUp(now: number): void {
    if (now < this.#nextUpkeep) return;
    this.#nextUpkeep = now + upkeepMs;
    this.#database.checkReaders();
    const isNamed = (queueId: string): boolean => {
      this.#database.refresh();
      return this.#messages.read(queueId) !== undefined;
    };
    this.#upkeep = this.#spool.removeOrphans(isNamed, now).then(
      () => undefined,
      () => undefined, // tried again next time
    );
  }
}
