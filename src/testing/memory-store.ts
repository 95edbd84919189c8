/**
 * testing/memory-store - a queue in memory, for tests of what uses one. It passes the suite that the real ones pass.
 *
 * Several stores may share a place, as several processes share a queue directory.
 */
import { wireSize } from '../lib/util/line-ends.js';
import {
  type Claim,
  type Handover,
  type MessageInfo,
  type NewMessage,
  QueueError,
  type QueueStore,
  type Settlement,
  type StoredRecipient,
} from '../lib/queue/store.js';

interface Stored {
  info: MessageInfo;
  recipients: StoredRecipient[];
  readonly content: Buffer;
}

export class MemoryPlace {
  readonly messages = new Map<string, Stored>();
  owner = 0;
  sequence = 0;
}

export class MemoryStore implements QueueStore {
  readonly #place: MemoryPlace;
  /** Claimed messages, as they were then. */
  readonly #held = new Map<string, MessageInfo>();
  #owner = 0;
  readonly #others = new Set<string>();
  #isHandedOver = false;

  constructor(place = new MemoryPlace()) {
    this.#place = place;
  }

  begin(): NewMessage {
    const queueId = `QID${String((this.#place.sequence += 1)).padStart(8, '0')}`;
    const { messages } = this.#place;
    const chunks: Uint8Array[] = [];
    let size = 0;
    let isOpen = true;
    return {
      queueId,
      get size() {
        return size;
      },
      write(chunk) {
        chunks.push(Buffer.from(chunk));
        size += wireSize(chunk);
      },
      async commit({ envelope, recipients, hold }) {
        if (!isOpen) throw new Error(`${queueId}: it was committed or aborted before`);
        isOpen = false;
        const info: MessageInfo = {
          queueId,
          state: hold ? 'hold' : 'incoming',
          envelope,
          size,
          recipientCount: recipients.length,
          due: envelope.arrival,
          warned: false,
          forceExpire: false,
        };
        const stored = recipients.map((recipient, index): StoredRecipient => {
          return { ...recipient, index, status: 'pending' };
        });
        messages.set(queueId, { info, recipients: stored, content: Buffer.concat(chunks) });
      },
      async abort() {
        isOpen = false;
      },
    };
  }

  async claim(from: 'incoming' | 'deferred', now: number, limit: number): Promise<Claim[]> {
    if (!this.#beOwner()) return [];
    return [...this.#place.messages.values()]
      .filter(({ info }) => info.state === from && (from === 'incoming' || info.due <= now))
      .filter(({ info }) => !this.#isTaken(info.queueId))
      .sort((a, b) => a.info.due - b.info.due)
      .slice(0, limit)
      .map(({ info }) => this.#hold(info));
  }

  async claimById(queueIds: readonly string[], now: number): Promise<Claim[]> {
    if (!this.#beOwner()) return [];
    return queueIds.flatMap((queueId) => {
      const info = this.info(queueId);
      if (!info || info.state === 'hold' || this.#isTaken(queueId)) return [];
      return info.state === 'deferred' && info.due > now ? [] : [this.#hold(info)];
    });
  }

  recipients(queueId: string, from: number, limit: number): readonly StoredRecipient[] {
    return this.#place.messages.get(queueId)?.recipients.slice(from, from + limit) ?? [];
  }

  async settle({ queueId, token }: Claim, settlement: Settlement): Promise<void> {
    const claimed = this.#held.get(queueId);
    const isCurrent = token === this.#owner && token === this.#place.owner;
    if (!claimed || !isCurrent) throw new QueueError(`${queueId}: not claimed any more`, 'stale');
    const { then } = settlement;
    if (then.is !== 'keep') this.#held.delete(queueId);
    const message = this.#place.messages.get(queueId);
    if (!message) {
      this.#held.delete(queueId);
      throw new QueueError(`${queueId}: it was removed meanwhile`, 'gone');
    }
    message.recipients = message.recipients.map((recipient) => {
      return { ...recipient, ...settlement.recipients.get(recipient.index) };
    });
    const { info } = message;
    message.info = { ...info, warned: settlement.warned ?? info.warned };
    const wasRescheduled = info.state !== claimed.state || info.due !== claimed.due;
    if (then.is === 'remove') this.#place.messages.delete(queueId);
    if (then.is === 'defer' && info.state !== 'hold' && !wasRescheduled)
      message.info = { ...message.info, state: 'deferred', due: Math.floor(then.at) };
  }

  release(claim: Claim, at: number): Promise<void> {
    return this.settle(claim, { recipients: new Map(), then: { is: 'defer', at } });
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

  nextDue(after: number): number | undefined {
    return [...this.#place.messages.values()]
      .filter(({ info }) => info.state === 'deferred' && info.due > after)
      .map(({ info }) => info.due)
      .sort((a, b) => a - b)[0];
  }

  async *content(queueId: string): AsyncIterable<Uint8Array> {
    const content = this.#place.messages.get(queueId)?.content;
    if (!content) throw new QueueError(`${queueId}: it is not there`, 'gone');
    for (let at = 0; at < content.length; at += 65536) yield content.subarray(at, at + 65536);
  }

  inlineContent(queueId: string): Uint8Array | undefined {
    return this.#place.messages.get(queueId)?.content;
  }

  info(queueId: string): MessageInfo | undefined {
    return this.#place.messages.get(queueId)?.info;
  }

  *list(): Iterable<MessageInfo> {
    for (const queueId of [...this.#place.messages.keys()].sort()) {
      const info = this.info(queueId);
      if (info) yield info;
    }
  }

  hold(queueId: string): Promise<boolean> {
    return this.#change(queueId, ({ state }) => (state === 'hold' ? undefined : { state: 'hold' }));
  }

  releaseHold(queueId: string): Promise<boolean> {
    return this.#change(queueId, ({ state }) =>
      state === 'hold' ? { state: 'deferred', due: 0 } : undefined,
    );
  }

  requeue(queueId: string): Promise<boolean> {
    return this.#change(queueId, ({ envelope }) => {
      return { state: 'incoming', due: envelope.arrival, warned: false, forceExpire: false };
    });
  }

  async delete(queueId: string): Promise<boolean> {
    return this.#place.messages.delete(queueId);
  }

  expire(queueId: string): Promise<boolean> {
    return this.#change(queueId, ({ forceExpire }) =>
      forceExpire ? undefined : { forceExpire: true },
    );
  }

  async makeDue(now: number, queueId?: string): Promise<number> {
    let count = 0;
    for (const id of queueId === undefined ? [...this.#place.messages.keys()] : [queueId]) {
      const isChanged = await this.#change(id, ({ state, due }) =>
        state === 'deferred' && due > now ? { due: now } : undefined,
      );
      if (isChanged) count += 1;
    }
    return count;
  }

  async close(): Promise<void> {
    this.#held.clear();
  }

  #isTaken(queueId: string): boolean {
    return this.#held.has(queueId) || this.#others.has(queueId);
  }

  #beOwner(): boolean {
    if (this.#isHandedOver) return false;
    if (this.#owner === 0) this.#owner = this.#place.owner += 1;
    return true;
  }

  #hold(info: MessageInfo): Claim {
    this.#held.set(info.queueId, info);
    return { queueId: info.queueId, token: this.#owner, message: info };
  }

  async #change(
    queueId: string,
    decide: (info: MessageInfo) => Partial<MessageInfo> | undefined,
  ): Promise<boolean> {
    const message = this.#place.messages.get(queueId);
    const change = message && decide(message.info);
    if (!change) return false;
    message.info = { ...message.info, ...change };
    return true;
  }
}
