/**
 * ipc/delivery - one attempt to deliver one message to recipients that share transport and nexthop:
 * the request that qmgr(8) hands to a delivery agent, and what the agent answers.
 */
import type { Envelope, Recipient } from './envelope.js';

export type Action = 'sent' | 'deferred' | 'bounced';

/** What became of one recipient; all that the log line, mailq and a notification need. */
export interface Delivery {
  readonly action: Action;
  /** RFC 3463, e.g. `2.0.0`. */
  readonly dsn: string;
  /** The text in parentheses of the log line. */
  readonly text: string;
  /** `relay=`: `host[192.0.2.1]:25`, `local`, `none`. */
  readonly relay: string;
  /** For DSN: Remote-MTA and Diagnostic-Code, with the type `smtp`, `x-unix` or `X-Postfix`. */
  readonly remoteMta?: string;
  readonly diagnosticType?: 'smtp' | 'x-unix' | 'X-Postfix';
  readonly diagnostic?: string;
  /** RFC 3461: the next hop takes DSN over (`relayed` in success reports), or alias expansion. */
  readonly dsnAction?: 'delivered' | 'relayed' | 'expanded';
  /** RFC 3461 section 5.2.2: the next hop took the wish for a success report over; we send none. */
  readonly successReportedBy?: 'next-hop';
  /** Milliseconds since 1970 of the attempt's end. */
  readonly time: number;
  /**
   * What a recipient that stands for others (an alias, a list) came to, an outcome for each. Notifications name these
   * instead of the recipient, whose own outcome is the worst of them.
   */
  readonly parts?: readonly DeliveryPart[];
}

export interface DeliveryPart extends Omit<Delivery, 'parts'>, Recipient {}

/** Points in time of a delivery, ms since 1970, for `delay=` and `delays=a/b/c/d`. */
export interface DeliveryTimes {
  readonly arrival: number;
  /** When qmgr took the message up. */
  readonly active: number;
  /** When the agent got the request. */
  readonly agent: number;
}

export interface DeliveryRecipient extends Recipient {
  /** Position in the message's recipient list; the key of the answer. */
  readonly index: number;
}

export interface DeliveryRequest {
  readonly queueId: string;
  readonly transport: string;
  readonly nexthop: string;
  readonly envelope: Envelope;
  readonly recipients: readonly DeliveryRecipient[];
  readonly times: DeliveryTimes;
  /** Bytes of content, LF line ends. */
  readonly size: number;
  /** Reads the content from its start; may be called again. Chunks are at most 64 KiB. */
  content(): AsyncIterable<Uint8Array>;
  /** The whole content, when it is small enough to lie in memory (inline in the store). */
  readonly inline?: Uint8Array;
  /** More requests for this (transport, nexthop) wait: keep a connection for reuse. */
  readonly moreWaiting: boolean;
  /** soft_bounce: what bounces will be deferred, and is logged so. */
  readonly softBounce?: boolean;
  /** An earlier attempt may have delivered it, and been cut short before the queue was told. */
  readonly mayBeDelivered?: boolean;
  /** Find out whether this could be delivered, and leave no trace; only for agents that have probe(). */
  readonly probe?: boolean;
  readonly signal: AbortSignal;
}

export interface DeliveryReport {
  /** One entry for every recipient of the request. Agents have logged the line of each. */
  readonly results: ReadonlyMap<number, Delivery>;
  /** Trouble of the whole site (connect, handshake): feeds the concurrency window. Undefined: the site answered. */
  readonly siteFailure?: { readonly dsn: string; readonly text: string };
}

/** A delivery agent: smtp, lmtp, local, virtual, pipe, error, discard. Never rejects: trouble is `deferred`. */
export interface DeliveryAgent {
  deliver(request: DeliveryRequest): Promise<DeliveryReport>;
  /**
   * Address verification: `sent` says that it could be delivered. The request has `probe`. An agent without it gets no
   * probes; whatever it is given counts as deliverable.
   */
  probe?(request: DeliveryRequest): Promise<DeliveryReport>;
  /** Ends idle connections and helpers. */
  close(): Promise<void>;
}
