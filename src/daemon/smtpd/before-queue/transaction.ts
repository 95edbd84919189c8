/** before-queue/transaction - what the commands of a session ask of the filter before the queue. */
import type { Reply } from '../../../lib/protocol/smtp/reply.js';

/** One transaction with the filter. A reply: the client gets it instead of ours. */
export interface BeforeQueueFilter {
  mail(line: string): Promise<Reply | undefined>;
  recipient(line: string): Promise<Reply | undefined>;
  data(): Promise<Reply | undefined>;
  content(chunk: Uint8Array): Promise<void>;
  /** All content was given: what the filter says of the message. */
  finish(): Promise<Reply>;
  abort(): Promise<void>;
}
