/** smtpd/state - what a session knows: of the client, and of the transaction under way. */
import type { Exchange } from '../../lib/auth/sasl-server.js';
import type { CleanupSession } from '../../lib/ipc/conversation/cleanup.js';
import type { Route } from '../../lib/ipc/conversation/rewrite.js';
import type { Reply } from '../../lib/protocol/smtp/reply.js';
import type { SessionMilters } from './session-milters.js';
import type { SessionTls } from './session-tls.js';

export type Stage =
  | 'client'
  | 'helo'
  | 'sender'
  | 'relay'
  | 'recipient'
  | 'data'
  | 'end-of-message'
  | 'etrn'
  | 'vrfy';

export interface Client {
  /** Verified name, or `unknown`. */
  name: string;
  reverseName: string;
  /** 2: name found and verified; 4: trouble that may pass; 5: none, or not verified. */
  nameStatus: 2 | 4 | 5;
  reverseStatus: 2 | 4 | 5;
  readonly address: string;
  readonly port: number;
  /** Where it connected to. */
  readonly serverAddress: string;
  readonly serverPort: number;
}

export interface EnvelopeRecipient {
  readonly address: string;
  readonly dsnOrcpt?: string;
  readonly dsnNotify: number;
}

/** Between MAIL and the end of the message. */
export interface Transaction {
  /** Internal form. */
  readonly sender: string;
  readonly bodyType: '' | '7BIT' | '8BITMIME';
  readonly smtputf8: boolean;
  readonly dsnRet: '' | 'FULL' | 'HDRS';
  readonly dsnEnvid: string;
  /** AUTH= of MAIL, as the client wrote it; undefined when it named nobody. */
  readonly saslSender?: string;
  readonly recipients: EnvelopeRecipient[];
  /** Beyond smtpd_recipient_limit. */
  refusedRecipients: number;
  readonly arrival: number;
  /** The client is one whose headers we complete (local_header_rewrite_clients). */
  readonly isLocalClient: boolean;
  /** From the first accepted recipient on. */
  cleanup?: CleanupSession;
  /** A restriction that spoke for the whole message: PREPEND, HOLD, DISCARD, FILTER, REDIRECT. */
  readonly actions: MessageActions;
  /** BDAT has begun. */
  bdat: boolean;
  /** Content so far as on the wire: a line end counts two. */
  size: number;
  /** Bytes behind the last line end, within `size`. */
  tail: number;
  /** It had a line end without CR, and settings refuse that. */
  bareNewline: boolean;
}

export interface MessageActions {
  prepend: string[];
  hold: string;
  discard: string;
  filter: string;
  redirect: string;
  bcc: string[];
}

/** Who has logged in. */
export interface Login {
  readonly method: string;
  /** With its realm, where it has one. */
  readonly user: string;
}

export interface SessionState {
  readonly client: Client;
  helo: string;
  isEsmtp: boolean;
  login: Login | undefined;
  /** An AUTH that waits for a response of the client. */
  exchange: Exchange | undefined;
  transaction: Transaction | undefined;
  /** Kept from the client and HELO stage when smtpd_delay_reject is off. */
  deferIfPermit: Reply | undefined;
  /** A BDAT without a transaction was refused: only BDAT LAST, RSET or a greeting ends that state. */
  bdatBroken: boolean;
  /** Keywords that this client is not offered (smtpd_discard_ehlo_keywords), upper case. */
  hiddenKeywords: ReadonlySet<string>;
  /** Refused at connect or HELO with smtpd_delay_reject off: whatever comes but QUIT is refused. */
  accessDenied: boolean;
  /** It sent commands ahead where it may not: reject_unauth_pipelining looks at this. */
  illegalPipelining: boolean;
  /** Routes of the addresses of the command under way. */
  readonly routes: Map<string, Promise<Route>>;
  /** Mail filters of this session; undefined: none. */
  milters: SessionMilters | undefined;
  /** Verdict of check_client_access DISCARD and the like before MAIL. */
  readonly sessionActions: MessageActions;
  /** Undefined: the session is in the clear. */
  tls: SessionTls | undefined;
}

export function noActions(): MessageActions {
  return { prepend: [], hold: '', discard: '', filter: '', redirect: '', bcc: [] };
}

/** `name[address]`, as logs and replies name a client. */
export function clientLabel({ name, address }: Pick<Client, 'name' | 'address'>): string {
  return `${name}[${address}]`;
}

/** `client=` of the log: the client, and who it logged in as. */
export function clientAndLogin({ client, login, transaction }: SessionState): string {
  const sender = transaction?.saslSender;
  return (
    clientLabel(client) +
    (login ? `, sasl_method=${login.method}, sasl_username=${login.user}` : '') +
    (sender === undefined ? '' : `, sasl_sender=${sender}`)
  );
}
