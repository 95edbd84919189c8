/** ipc/conversation/bounce - asks bounce(8) for a delivery status notification, made and queued. */
import type { Envelope, Recipient } from '../envelope.js';
import type { Delivery } from '../delivery.js';

export interface NotifiedRecipient extends Recipient {
  readonly delivery: Delivery;
}

export interface Notification {
  readonly kind: 'failure' | 'delay' | 'success';
  readonly queueId: string;
  readonly envelope: Envelope;
  /** Whom to tell in place of the sender (VERP). */
  readonly to?: string;
  readonly recipients: readonly NotifiedRecipient[];
  /** Bytes of the original message, LF line ends. */
  readonly size: number;
  /** Reads the original again from its start. */
  content(): AsyncIterable<Uint8Array>;
}

export interface Bounce {
  /**
   * Queues the notification(s) that RFC 3461, notify_classes and the sender call for: to the sender,
   * or as double bounce, with postmaster copies. Resolves with the new queue ids (none when no one is
   * to be told) once they are durable; the caller may then drop the original.
   * @throws when it could not be queued; the caller keeps the original.
   */
  notify(notification: Notification): Promise<readonly string[]>;
}
