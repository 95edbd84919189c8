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

export interface StoredRecipient extends Recipient {
  readonly index: number;
  /** `pending` recipients are delivered to; the others are done and kept only until the message goes. */
  readonly status: 'pending' | 'done';
  /** The last attempt's outcome, for mailq and notifications. */
  readonly delivery?: Delivery;
}

export interface MessageInfo {
  readonly queueId: string;
  readonly state: MessageState;
  readonly envelope: Envelope;
  /** Bytes of content, LF line ends. */
  readonly size: number;
  readonly recipientCount: number;
  /** When it is due next, ms since 1970. */
  readonly due: number;
  /** A delay warning has been sent. */
  readonly warned: boolean;
  /** postsuper -e: expire at the next attempt (`expire`), also when on hold (`force`, which releases it). */
  readonly forceExpire: boolean;
}

/** A message that is being received. */
export interface NewMessage {
  readonly queueId: string;
  /** Content in order. Resolves when more may come; memory is bounded. @throws {QueueError} */
  write(chunk: Uint8Array): void | Promise<void>;
  /** Bytes so far. */
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

export interface Settlement {
  /** New status of recipients by index; those not named keep theirs. */
  readonly recipients: ReadonlyMap<
    number,
    { readonly status: 'pending' | 'done'; readonly delivery?: Delivery }
  >;
  /** `keep`: still claimed (more recipients under way); `defer`: due again at `at`; `remove`: gone for good. */
  readonly then:
    | { readonly is: 'keep' }
    | { readonly is: 'defer'; readonly at: number }
    | { readonly is: 'remove' };
  readonly warned?: boolean;
}

export interface QueueStore {
  /** A new message with a queue id of its own, unique for ever. Nothing is visible before commit(). */
  begin(): NewMessage;

  /** Due messages, oldest first, not claimed by anyone; at most `limit`. */
  claim(from: 'incoming' | 'deferred', now: number, limit: number): Promise<readonly Claim[]>;
  /** Recipients of a message, in order, `limit` at a time from index `from`. */
  recipients(queueId: string, from: number, limit: number): readonly StoredRecipient[];
  /** @throws {QueueError} `stale` or `gone`: the result does not count */
  settle(claim: Claim, settlement: Settlement): Promise<void>;
  /** Gives the message back as it is, due at `at`. */
  release(claim: Claim, at: number): Promise<void>;
  /** When the next unclaimed deferred message is due; undefined: none. */
  nextDue(): number | undefined;

  /** Content from its start, chunks of at most 64 KiB. @throws {QueueError} `gone` */
  content(queueId: string): AsyncIterable<Uint8Array>;
  /** The content when it lies inline (small messages), without a copy; valid until the next event turn only. */
  inlineContent(queueId: string): Uint8Array | undefined;
  info(queueId: string): MessageInfo | undefined;
  /** Every message in order of queue id; constant memory. */
  list(): Iterable<MessageInfo>;

  /** Each answers whether the message was there (and in a state that it applies to). Durable when resolved. */
  hold(queueId: string): Promise<boolean>;
  releaseHold(queueId: string): Promise<boolean>;
  /** Due at once, as if new. */
  requeue(queueId: string): Promise<boolean>;
  delete(queueId: string): Promise<boolean>;
  expire(queueId: string, force: boolean): Promise<boolean>;
  /** Makes deferred mail due now; all, or one. */
  makeDue(now: number, queueId?: string): Promise<number>;

  close(): Promise<void>;
}
