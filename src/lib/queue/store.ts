/**
 * queue/store - the message store, as everything that queues mail sees it.
 *
 * Invariants: `commit()` resolves when the message is on disk, never before, and from then on the message is
 * delivered, bounced, or still here, whatever dies. Work is claimed for a time and settled; the result of a stale
 * owner is refused. Nothing here assumes one process or one machine. Kinds: queue/stores.ts.
 * Postfix: mail_stream.c, the directories of queue_directory.
 */
import type { Delivery } from '../ipc/delivery.js';
import type { Envelope, Recipient } from '../ipc/envelope.js';

export class QueueError extends Error {
  /** `full`: no space (452); `failed`: anything else (451); `stale`, `gone`: the claim no longer counts. */
  readonly reason: 'full' | 'failed' | 'stale' | 'gone';

  constructor(message: string, reason: QueueError['reason'], options?: ErrorOptions) {
    super(message, options);
    this.name = 'QueueError';
    this.reason = reason;
  }
}

export type MessageState = 'incoming' | 'deferred' | 'hold';

/**
 * `pending` recipients are delivered to; of `owed` ones the outcome is final and the sender must still be told; `done`
 * ones are kept only until the message goes.
 */
export type RecipientStatus = 'pending' | 'owed' | 'done';

export interface StoredRecipient extends Recipient {
  readonly index: number;
  readonly status: RecipientStatus;
  /** The last attempt's outcome, for mailq and notifications. */
  readonly delivery?: Delivery;
}

export interface MessageInfo {
  readonly queueId: string;
  readonly state: MessageState;
  readonly envelope: Envelope;
  /** Bytes of content as it is on the wire: a line end counts two, as in SIZE and in Postfix's logs. */
  readonly size: number;
  readonly recipientCount: number;
  /** When it is due next, ms since 1970. */
  readonly due: number;
  /** A delay warning has been sent. */
  readonly warned: boolean;
  /** postsuper -e: the next attempt returns it to its sender. */
  readonly forceExpire: boolean;
}

/** A message that is being received. */
export interface NewMessage {
  readonly queueId: string;
  /** Content in order. Resolves when more may come; memory is bounded. @throws {QueueError} */
  write(chunk: Uint8Array): void | Promise<void>;
  /** Bytes so far, line ends as two. */
  readonly size: number;
  /** One durable transaction. @throws {QueueError} nothing was stored */
  commit(message: {
    readonly envelope: Envelope;
    readonly recipients: readonly Recipient[];
    readonly hold: boolean;
  }): Promise<void>;
  /** Idempotent; also after a failed commit. */
  abort(): Promise<void>;
}

/** A message that this owner may work on until it settles, releases, or loses the claim. */
export interface Claim {
  readonly queueId: string;
  /** Fencing token: a later owner's is greater. */
  readonly token: number;
  readonly message: MessageInfo;
}

/** What an owner that takes nothing new leaves to the next: who it is, and what it still works on. */
export interface Handover {
  /** 0: it never was an owner. */
  readonly token: number;
  readonly claimed: readonly string[];
}

export interface Settlement {
  /** New status of recipients by index; those not named keep theirs. */
  readonly recipients: ReadonlyMap<
    number,
    { readonly status: RecipientStatus; readonly delivery?: Delivery }
  >;
  /** `keep`: still claimed (more recipients under way); `defer`: due again at `at`; `remove`: gone for good. */
  readonly then:
    | { readonly is: 'keep' }
    | { readonly is: 'defer'; readonly at: number }
    | { readonly is: 'remove' };
  readonly warned?: boolean;
}

export interface QueueStore {
  /**
   * A new message with a queue id of its own, unique for ever. Nothing is visible before commit().
   * @throws {QueueError} no id can be reserved (disk full for long)
   */
  begin(): NewMessage;

  /**
   * Due messages, oldest first, not claimed by anyone; at most `limit`. Goes on where the last call ended; fewer than
   * `limit` say that the end was reached, and the next call begins with the oldest again.
   */
  claim(from: 'incoming' | 'deferred', now: number, limit: number): Promise<readonly Claim[]>;
  /** Those of these messages that are there, due, and not claimed: for who was told of them. No search. */
  claimById(queueIds: readonly string[], now: number): Promise<readonly Claim[]>;
  /** Recipients of a message, in order, `limit` at a time from index `from`. */
  recipients(queueId: string, from: number, limit: number): readonly StoredRecipient[];
  /**
   * Where someone has rescheduled or held the message meanwhile, `defer` leaves it at that. One at a time a claim.
   * @throws {QueueError} `stale` or `gone`: the result does not count
   */
  settle(claim: Claim, settlement: Settlement): Promise<void>;
  /** Gives the message back as it is, due at `at`. */
  release(claim: Claim, at: number): Promise<void>;
  /** No more is claimed here; what is claimed may still be settled, and the successor leaves it alone. */
  handOver(): Handover;
  /** Before the first claim: claims go on in the name of who has handed over, and do not touch what it works on. */
  takeOver(handover: Handover): void;
  /** Who has handed over is done with these: they may be claimed here. */
  handedBack(queueIds: readonly string[]): void;
  /** When the first deferred message that is due after `after` is due; undefined: none. */
  nextDue(after: number): number | undefined;

  /** Content from its start, chunks of at most 64 KiB. @throws {QueueError} `gone` */
  content(queueId: string): AsyncIterable<Uint8Array>;
  /** The whole content when it lies inline (small messages); the caller may keep it. */
  inlineContent(queueId: string): Uint8Array | undefined;
  info(queueId: string): MessageInfo | undefined;
  /** Every message in order of queue id; constant memory. */
  list(): Iterable<MessageInfo>;

  /** Each answers whether the message was there (and in a state that it applies to). Durable when resolved. */
  hold(queueId: string): Promise<boolean>;
  releaseHold(queueId: string): Promise<boolean>;
  /** Due at once, as if new; whoever has got it does not get it again. */
  requeue(queueId: string): Promise<boolean>;
  delete(queueId: string): Promise<boolean>;
  /** Marks it only: it is returned at its next attempt. False also when it was marked before. */
  expire(queueId: string): Promise<boolean>;
  /** Makes deferred mail due now; all, or one. */
  makeDue(now: number, queueId?: string): Promise<number>;

  close(): Promise<void>;
}
