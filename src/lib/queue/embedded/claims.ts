/**
 * embedded/claims - the messages that this process works on, as the one owner of deliveries.
 *
 * Claims live in memory, so that they end with the process. Who claims first takes ownership; each write of an owner
 * is checked against the owner's number (fencing), so that an older one that still runs changes nothing. At a reload the
 * new process goes on under the number of the old one, and leaves alone what that still works on.
 */
import {
  type Claim,
  type Handover,
  QueueError,
  type Settlement,
  type StoredRecipient,
} from '../store.js';
import type { Database } from './database.js';
import type { DueIndex } from './due-index.js';
import type { Messages, Versioned } from './messages.js';
import { blockSize, infoOf, type MessageRecord, settledBlocks, settledRecord } from './record.js';

const maxRetries = 20; // of a change that others keep overtaking

/** What the owner knows of a message that it works on: saves reading it again, and is checked when it is written. */
interface Held extends Versioned {
  /** As it was when claimed. */
  readonly claimed: MessageRecord;
}

export class Claims {
  readonly #database: Database;
  readonly #messages: Messages;
  readonly #index: DueIndex;
  readonly #held = new Map<string, Held>();
  #owner = 0;
  /** What the process before this one still works on. */
  readonly #others = new Set<string>();
  #isHandedOver = false;

  constructor(database: Database, messages: Messages, index: DueIndex) {
    this.#database = database;
    this.#messages = messages;
    this.#index = index;
  }

  async claim(
    from: 'incoming' | 'deferred',
    now: number,
    limit: number,
  ): Promise<readonly Claim[]> {
    if (!this.#beOwner()) return [];
    const claims: Claim[] = [];
    const dangling: string[] = [];
    this.#index.walk(from, now, limit, (queueId, key) => {
      if (this.#isTaken(queueId)) return false;
      const found = this.#messages.read(queueId);
      if (found) claims.push(this.#hold(queueId, found));
      else dangling.push(key);
      return found !== undefined;
    });
    for (const key of dangling) await this.#messages.removeKey(key);
    return claims;
  }

  byId(queueIds: readonly string[], now: number): readonly Claim[] {
    if (!this.#beOwner()) return [];
    this.#database.refresh();
    const claims: Claim[] = [];
    for (const queueId of queueIds) {
      if (this.#isTaken(queueId)) continue;
      const found = this.#messages.read(queueId);
      if (!found || found.record.state === 'hold') continue;
      if (found.record.state === 'deferred' && found.record.due > now) continue;
      claims.push(this.#hold(queueId, found));
    }
    return claims;
  }

  handOver(): Handover {
    this.#isHandedOver = true;
    return { token: this.#owner, claimed: [...this.#held.keys()] };
  }

  takeOver({ token, claimed }: Handover): void {
    if (token === 0) return;
    this.#owner = token;
    for (const queueId of claimed) this.#others.add(queueId);
  }

  handedBack(queueIds: readonly string[]): void {
    for (const queueId of queueIds) this.#others.delete(queueId);
  }

  recipients(queueId: string, from: number, limit: number): readonly StoredRecipient[] {
    const found = this.#held.get(queueId) ?? this.#messages.read(queueId);
    if (!found) return [];
    const end = Math.min(found.record.count, from + limit);
    const result: StoredRecipient[] = [];
    for (let block = Math.floor(from / blockSize); block * blockSize < end; block += 1) {
      const entries =
        block === 0 ? found.record.firstBlock : this.#messages.readBlock(queueId, block);
      entries.forEach((entry, offset) => {
        const index = block * blockSize + offset;
        if (index >= from && index < end) result.push({ ...entry, index });
      });
    }
    return result;
  }

  /** @throws {QueueError} stale, gone, or failed */
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
      this.#readAgain(queueId, held);
    }
    throw new QueueError(`${queueId}: others keep changing it`, 'failed');
  }

  async #trySettle(queueId: string, held: Held, settlement: Settlement): Promise<boolean> {
    const { record, version, claimed } = held;
    const options = { owner: this.#owner, lazy: true };
    if (settlement.then.is === 'remove') return this.#messages.remove(queueId, held, options);
    const blocks = settledBlocks(settlement, (block) =>
      block === 0 ? record.firstBlock : this.#messages.readBlock(queueId, block),
    );
    const next = settledRecord(record, claimed, settlement, blocks.get(0) ?? record.firstBlock);
    const further = [...blocks].filter(([block]) => block > 0);
    const written = await this.#messages.replace(queueId, held, next, further, options);
    if (written) this.#held.set(queueId, { record: next, version: version + 1, claimed });
    return written;
  }

  /** Someone changed it meanwhile: postsuper, or another owner. */
  #readAgain(queueId: string, held: Held): void {
    this.#database.refresh();
    if (this.#database.currentOwner() !== this.#owner) {
      this.#held.delete(queueId);
      throw new QueueError(`${queueId}: another queue manager has taken over`, 'stale');
    }
    const found = this.#messages.read(queueId);
    if (!found) {
      this.#held.delete(queueId);
      throw new QueueError(`${queueId}: it was removed meanwhile`, 'gone');
    }
    this.#held.set(queueId, { ...held, ...found });
  }

  #isTaken(queueId: string): boolean {
    return this.#held.has(queueId) || this.#others.has(queueId);
  }

  /** False: another goes on in our place. */
  #beOwner(): boolean {
    if (this.#isHandedOver) return false;
    if (this.#owner === 0) this.#owner = this.#database.takeOwnership();
    return true;
  }

  #hold(queueId: string, found: Versioned): Claim {
    this.#held.set(queueId, { ...found, claimed: found.record });
    return { queueId, token: this.#owner, message: infoOf(queueId, found.record) };
  }
}
