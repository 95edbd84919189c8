/**
 * smtpd/event-line - the log line of a decision: which stage, whose, and about whom.
 *
 * pflogsumm, fail2ban and logwatch read these lines.
 */
import { type Log, logAddress } from '../../lib/log/log.js';
import { clientLabel, type Place, type SessionState } from './state.js';

export const verbs: Readonly<Record<Place, string>> = {
  xclient: 'XCLIENT',
  client: 'CONNECT',
  helo: 'HELO',
  sender: 'MAIL',
  relay: 'RCPT',
  recipient: 'RCPT',
  data: 'DATA',
  'end-of-message': 'END-OF-MESSAGE',
  etrn: 'ETRN',
  vrfy: 'VRFY',
};

export interface Event {
  readonly state: SessionState;
  /** What happened: `reject`, `hold`, `warn`. */
  readonly what: string;
  /** At which command: `RCPT`, `END-OF-MESSAGE`. */
  readonly verb: string;
  readonly text: string;
  /** Internal form; undefined: not known yet. */
  readonly sender?: string | undefined;
  readonly recipient?: string | undefined;
}

/** `QID: reject: RCPT from name[address]: text; from=<> to=<> proto=ESMTP helo=<>` */
export function eventLine(event: Event, log: Pick<Log, 'style'>): string {
  const { state, what, verb, text, sender, recipient } = event;
  const id = state.transaction?.cleanup?.queueId ?? 'NOQUEUE';
  const from = sender === undefined ? '' : ` from=<${logAddress(log, sender)}>`;
  const to = recipient === undefined ? '' : ` to=<${logAddress(log, recipient)}>`;
  const proto = ` proto=${state.isEsmtp ? 'ESMTP' : 'SMTP'}`;
  const helo = state.helo === '' ? '' : ` helo=<${state.helo}>`;
  return `${id}: ${what}: ${verb} from ${clientLabel(state.client)}: ${text};${from}${to}${proto}${helo}`;
}
