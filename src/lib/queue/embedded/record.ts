/**
 * queue/embedded/record - how a message's envelope and recipients lie in the store; pure.
 *
 * One JSON record holds the envelope and the first block of recipients; messages with more recipients have further
 * blocks of their own, so that an outcome rewrites one block and not a list of thousands. (JSON: 2 microseconds to
 * write and 3 to read for one recipient, a twentieth of what the commit costs.)
 */
import type { Recipient } from '../../ipc/envelope.js';
import type { MessageInfo, Settlement, StoredRecipient } from '../store.js';

/** Recipients a block. */
export const blockSize = 50;

export interface MessageRecord extends Omit<MessageInfo, 'queueId' | 'recipientCount'> {
  readonly count: number;
  /** Content lies in spool/, not in the store. */
  readonly spooled: boolean;
  readonly firstBlock: readonly BlockEntry[];
}

/** A recipient without its index, which its place gives. */
export type BlockEntry = Omit<StoredRecipient, 'index'>;

export function encode(value: MessageRecord | readonly BlockEntry[]): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export function decodeMessage(bytes: Buffer): MessageRecord {
  return JSON.parse(bytes.toString()) as MessageRecord;
}

export function decodeBlock(bytes: Buffer): BlockEntry[] {
  return JSON.parse(bytes.toString()) as BlockEntry[];
}

export function blocksOf(recipients: readonly Recipient[]): BlockEntry[][] {
  const blocks: BlockEntry[][] = [];
  for (let index = 0; index < recipients.length; index += blockSize) {
    blocks.push(
      recipients
        .slice(index, index + blockSize)
        .map((recipient) => ({ ...recipient, status: 'pending' })),
    );
  }
  return blocks.length === 0 ? [[]] : blocks;
}

/** Key of a recipient block after the first. Sorts by block. */
export function blockKey(queueId: string, block: number): string {
  return `${queueId}/${String(block).padStart(6, '0')}`;
}

/** Key in the index of due messages: kind, time in ms, id; sorts by time. Messages on hold have none. */
export function dueKey(state: 'incoming' | 'deferred', due: number, queueId: string): string {
  return `${state === 'incoming' ? 'i' : 'd'}${String(Math.max(0, Math.floor(due))).padStart(15, '0')}${queueId}`;
}

export function parseDueKey(key: string): { due: number; queueId: string } {
  return { due: Number(key.slice(1, 16)), queueId: key.slice(16) };
}

export function infoOf(queueId: string, record: MessageRecord): MessageInfo {
  const { state, envelope, size, count, due, warned, forceExpire } = record;
  return { queueId, state, envelope, size, recipientCount: count, due, warned, forceExpire };
}

/** The blocks that a settlement changes, by number. @param blockOf reads a block */
export function settledBlocks(
  settlement: Settlement,
  blockOf: (block: number) => readonly BlockEntry[],
): Map<number, readonly BlockEntry[]> {
  const blocks = new Map<number, BlockEntry[]>();
  for (const [index, change] of settlement.recipients) {
    const number = Math.floor(index / blockSize);
    let entries = blocks.get(number);
    if (!entries) {
      entries = [...blockOf(number)];
      blocks.set(number, entries);
    }
    const entry = entries[index % blockSize];
    if (entry) entries[index % blockSize] = { ...entry, ...change };
  }
  return blocks;
}

/**
 * The record after a settlement that does not remove it.
 * @param claimed the record as it was claimed; who asked for another try meanwhile, or for hold, keeps the upper hand
 */
export function settledRecord(
  record: MessageRecord,
  claimed: MessageRecord,
  settlement: Settlement,
  firstBlock: readonly BlockEntry[],
): MessageRecord {
  const next: MessageRecord = {
    ...record,
    firstBlock,
    warned: settlement.warned ?? record.warned,
  };
  const wasRescheduled = record.state !== claimed.state || record.due !== claimed.due;
  if (settlement.then.is !== 'defer' || record.state === 'hold' || wasRescheduled) return next;
  return { ...next, state: 'deferred', due: Math.floor(settlement.then.at) };
}
