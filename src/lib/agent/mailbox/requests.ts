/** agent/mailbox/requests - what is asked of a user worker in another process; plain JSON. */
import type { MailboxLimits, ReadOptions, UserCommand } from '../../ipc/conversation/mailbox.js';

export type WorkerRequest =
  | {
      readonly op: 'maildir';
      readonly path: string;
      readonly message: MessageHeader;
      readonly limits: MailboxLimits;
    }
  | {
      readonly op: 'mbox';
      readonly path: string;
      readonly from: string;
      readonly message: MessageHeader;
      readonly limits: MailboxLimits;
    }
  | { readonly op: 'command'; readonly command: UserCommand; readonly message: MessageHeader }
  | { readonly op: 'readFile'; readonly path: string; readonly options: ReadOptions };

export interface MessageHeader {
  readonly queueId: string;
  readonly prefix: string;
  readonly size: number;
  readonly mayBeThereSince?: number;
  /** The content follows in frames; otherwise it is behind the request. */
  readonly streamed: boolean;
}

/** An outcome, or why there is none. */
export type WorkerAnswer = { readonly ok: unknown } | { readonly error: string };
