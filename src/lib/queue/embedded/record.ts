/**
 * queue/embedded/record - how a message's envelope and recipients lie in the store; pure.
 *
 * One JSON record holds the envelope and the first block of recipients; messages with more recipients have further
 * blocks of their own, so that an outcome rewrites one block and not a list of thousands.
 */
import type { Envelope, Recipient } from '../../ipc/envelope.js';
import type { MessageInfo, MessageState, StoredRecipient } from '../store.js';

/** Recipients a block. */
export const blockSize = 50;

export interface MessageRecord {
  readonly state: MessageState;
  readonly envelope: Envelope;
  readonly size: number;
  readonly count: number;
  readonly due: number;
  readonly warned: boolean;
  readonly forceExpire: boolean;
  /** Content lies in spool/ID, not in the store. */
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
