/**
 * ipc/conversation/cleanup - hands a new message to cleanup(8).
 *
 * smtpd, pickup, bounce and local (forwarding) speak it. A message is in the queue when `finish()`
 * resolves with `queued`, never before; whatever happens until then leaves nothing behind.
 */
import type { Reply } from '../../protocol/smtp/reply.js';
import type { Envelope, Recipient } from '../envelope.js';
import type { MessageMilters } from './milters.js';

export interface CleanupOptions {
  /** Log name of the caller's service; receive_override_options of the caller's service. */
  readonly overrides: {
    readonly noAddressMappings: boolean;
    readonly noHeaderBodyChecks: boolean;
    readonly noUnknownRecipientChecks: boolean;
    readonly noMilters: boolean;
  };
  /** True: add missing Date, Message-Id, From and complete addresses (local_header_rewrite_clients). */
  readonly localRewrite: boolean;
  /** Recipients also come from To:, Cc:, Bcc: (`sendmail -t`). */
  readonly extractRecipients: boolean;
  /** RFC 3461 NOTIFY of recipients so found (`sendmail -N`), as bits. */
  readonly extractedDsnNotify?: number;
  /** `sendmail -F`: the full name for a missing From:; undefined: none given. */
  readonly fullName?: string;
  /**
   * Received: line text after `Received: `, folded with `\n\t`, without date; cleanup adds `; date`, on a line of its
   * own when the text ends in `\n\t`. `recipient` is there when it is the only one.
   */
  readonly received: (queueId: string, recipient: string | undefined) => string;
  /** Header lines to put before the message, complete with name, without line end. */
  readonly prepend: readonly string[];
  /** The caller returns refused mail to its sender: the result says who that is, and the log that it was returned. */
  readonly returnsRefused?: boolean;
  /**
   * Mail filters that know the SMTP session already; they look at the message before it is queued. `none`: it came by
   * SMTP, and has none. Undefined: no SMTP client sent it, so non_smtpd_milters see it, unless overrides.noMilters.
   */
  readonly milters?: MessageMilters | 'none';
}

export type CleanupResult =
  | { readonly is: 'queued'; readonly queueId: string; readonly size: number }
  /** Refused for good or for now: what smtpd answers. `code` 4xx or 5xx. */
  | {
      readonly is: 'refused';
      readonly queueId: string;
      readonly code: number;
      readonly enhanced: string;
      readonly text: string;
      /** For returnsRefused, in canonical form. */
      readonly sender?: string;
      readonly recipients?: readonly Recipient[];
      /** For returnsRefused: what is in it is why; only its header is to be shown again. */
      readonly isContentRefused?: boolean;
      /** What the client is told in just these words: a mail filter's. */
      readonly reply?: Reply;
    };

/** What access tables and policy servers decide of a message while it comes. */
export interface MessageDecision {
  /** HOLD: into the queue, but not delivered. */
  readonly hold?: boolean;
  /** DISCARD: taken and dropped. */
  readonly discard?: boolean;
  /** FILTER: `transport:nexthop` for all recipients. */
  readonly contentFilter?: string;
  /** REDIRECT: the one recipient instead of all. */
  readonly redirectTo?: string;
  /** BCC: more recipients, none of whom the sender hears of. */
  readonly bcc?: readonly string[];
}

export interface CleanupSession {
  readonly queueId: string;
  /** Before the content. Order is kept; duplicates are removed later by enable_original_recipient's rules. */
  recipient(recipient: Recipient): void;
  /** Message content, lines ended by LF. Resolves when more may come (bounded memory). */
  content(chunk: Uint8Array): void | Promise<void>;
  /** Before `finish()`; of a filter or an address the last word counts. */
  decide(decision: MessageDecision): void;
  /** All content was given: make it durable. */
  finish(): Promise<CleanupResult>;
  /** Drop everything; also right after an error. Idempotent. */
  abort(): Promise<void>;
}

export interface Cleanup {
  open(envelope: Envelope, options: CleanupOptions): CleanupSession;
}

export const noOverrides: CleanupOptions['overrides'] = {
  noAddressMappings: false,
  noHeaderBodyChecks: false,
  noUnknownRecipientChecks: false,
  noMilters: false,
};
