/** smtpd/state - what a session knows: of the client, and of the transaction under way. */
import type { Exchange } from '../../lib/auth/sasl-server.js';
import type { CleanupSession } from '../../lib/ipc/conversation/cleanup.js';
import type { Route } from '../../lib/ipc/conversation/rewrite.js';
import type { Reply } from '../../lib/protocol/smtp/reply.js';
import type { SessionMilters } from './session-milters.js';
import type { SessionTls } from './session-tls.js';
import type { BeforeQueueFilter } from './before-queue/transaction.js';

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

/** The command at which a list is asked: that of the stage, or XCLIENT, which brings another client. */
export type Place = Stage | 'xclient';

export interface Client {
  /** Verified name, or `unknown`. */
  name: string;
  reverseName: string;
  /** 2: name found and verified; 4: trouble that may pass; 5: none, or not verified. */
  nameStatus: 2 | 4 | 5;
  reverseStatus: 2 | 4 | 5;
  /** XCLIENT changes these, no one else. */
  address: string;
  port: number;
  /** smtpd_client_port_logging. */
  readonly isPortShown: boolean;
  /** Where it connected to. */
  serverAddress: string;
  serverPort: number;
}

/** What XFORWARD said of the next message; undefined: nothing. */
export interface Forwarded {
  readonly name?: string;
  readonly address?: string;
  readonly port?: number;
  readonly helo?: string;
  readonly protocol?: string;
  /** The filter's own name for the message. */
  readonly ident?: string;
  readonly isLocal?: boolean;
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
  /** XVERP of MAIL: its delimiters. */
  readonly verp?: string;
  /** AUTH= of MAIL, as the client wrote it; undefined when it named nobody. */
  readonly saslSender?: string;
  readonly recipients: EnvelopeRecipient[];
  /** Beyond smtpd_recipient_limit. */
  refusedRecipients: number;
  readonly arrival: number;
  /** The client is one whose headers we complete (local_header_rewrite_clients). */
  readonly isLocalClient: boolean;
  /** SIZE of MAIL; 0: it did not say. */
  readonly declaredSize: number;
  readonly forwarded: Forwarded | undefined;
  /** As the client wrote it, for a filter before the queue. */
  readonly mailLine: string;
  /** From the first accepted recipient on, or smtpd_delay_open_until_valid_rcpt off; never with smtpd_proxy_filter. */
  cleanup?: CleanupSession;
  /** smtpd_proxy_filter. */
  filter?: BeforeQueueFilter;
  /** A restriction that spoke for the whole message: PREPEND, HOLD, DISCARD, FILTER, REDIRECT. */
  readonly actions: MessageActions;
  /** What cleanup knows of them. */
  readonly told: Pick<MessageActions, 'filter' | 'redirect' | 'bcc'>;
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
  /** For the next message. */
  forwarded: Forwarded | undefined;
  /** smtpd_authorized_verp_clients, _xclient_hosts and _xforward_hosts have the client. */
  mayXverp: boolean;
  mayXclient: boolean;
  mayXforward: boolean;
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

/** `name[address]`, as lists of clients are asked for it. */
export function hostLabel({ name, address }: Pick<Client, 'name' | 'address'>): string {
  return `${name}[${address}]`;
}

/** `name[address]`, or `name[address]:port`: as logs and replies name a client. */
export function clientLabel(client: Client): string {
  return client.isPortShown ? `${hostLabel(client)}:${client.port}` : hostLabel(client);
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
