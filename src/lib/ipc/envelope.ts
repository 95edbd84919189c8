/**
 * ipc/envelope - what programs tell each other about a message.
 *
 * Addresses are in internal form everywhere between programs: no angle brackets, local part
 * unquoted (`a b@example.org`), as in Postfix's queue files. `protocol/address` quotes them. They are
 * Unicode text: what came as UTF-8 has been decoded.
 * All of it is plain JSON-able data, for it crosses process borders and lies in the queue.
 */

/** Who handed the message in, as the log and the Received: header name it. */
export interface ClientInfo {
  /** Verified host name, or `unknown`. */
  readonly name: string;
  /** Name of the address without forward verification, or `unknown`. */
  readonly reverseName: string;
  /** `192.0.2.1` or `2001:db8::1`, no brackets; '' for local submission. */
  readonly address: string;
  readonly port: number;
  readonly helo: string;
  /** `SMTP`, `ESMTP`; '' for local submission. */
  readonly protocol: string;
  readonly saslMethod?: string;
  readonly saslUsername?: string;
  readonly saslSender?: string;
  /** Name of the message at the server it came through (XFORWARD IDENT). */
  readonly ident?: string;
  /** A line of text for Received:, e.g. `using TLSv1.3 with cipher ...`. */
  readonly tlsSummary?: string;
}

/** RFC 3461 NOTIFY, as bits; 0 means that the sender did not say. */
export const dsnNotify = { never: 1, success: 2, failure: 4, delay: 8 } as const;

export interface Recipient {
  /** The address mail goes to, after rewriting. */
  readonly address: string;
  /** What the client said (`orig_to` in the log); equal to `address` when nothing changed it. */
  readonly original: string;
  /** RFC 3461 ORCPT, decoded: `rfc822;bob@example.org`. */
  readonly dsnOrcpt?: string;
  readonly dsnNotify: number;
  /** An alias whose targets are recipients of their own: nothing to deliver, only to be reported as `expanded`. */
  readonly expanded?: true;
}

export interface Envelope {
  /** '' is the null sender. */
  readonly sender: string;
  /** Milliseconds since 1970. */
  readonly arrival: number;
  readonly client: ClientInfo;
  /** MAIL BODY=: what the content is declared to be. */
  readonly bodyType: '' | '7BIT' | '8BITMIME';
  readonly smtputf8: boolean;
  readonly dsnRet: '' | 'FULL' | 'HDRS';
  /** RFC 3461 ENVID, decoded. */
  readonly dsnEnvid: string;
  /** `transport:nexthop` that overrides routing (content_filter, FILTER); '' for none. */
  readonly contentFilter: string;
  /** REDIRECT action; '' for none. */
  readonly redirectTo: string;
  /** Each recipient's copy has a sender of its own: the two delimiters (address/verp). */
  readonly verp?: string;
  /** From this machine or from a client of local_header_rewrite_clients: its headers are ours to complete. */
  readonly isLocal?: true;
  /** Bounces, postmaster notices and probes made by ourselves carry their kind. */
  readonly kind: 'mail' | 'bounce' | 'double-bounce' | 'postmaster' | 'probe';
}

/** The client of a message that no network client sent. */
export const localClient: ClientInfo = {
  name: '',
  reverseName: '',
  address: '',
  port: 0,
  helo: '',
  protocol: '',
};
