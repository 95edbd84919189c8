/**
 * smtpd/decide - asks the restriction lists of a stage, and logs what they refuse.
 *
 * With smtpd_delay_reject the lists of client, HELO and sender are asked at RCPT, where the log can name everyone.
 */
import type { Reply } from '../../lib/protocol/smtp/reply.js';
import { replyText } from '../../lib/protocol/smtp/reply.js';
import type { SessionControl } from './control.js';
import { eventLine, verbs } from './event-line.js';
import type { Check, Stage } from './restriction/check.js';
import type { Place } from './state.js';
import { softened } from './soften.js';

export type ListName =
  | 'smtpd_client_restrictions'
  | 'smtpd_helo_restrictions'
  | 'smtpd_sender_restrictions'
  | 'smtpd_relay_restrictions'
  | 'smtpd_recipient_restrictions'
  | 'smtpd_data_restrictions'
  | 'smtpd_end_of_data_restrictions'
  | 'smtpd_etrn_restrictions';

export interface Question {
  readonly stage: Stage;
  readonly list: ListName;
  readonly recipient?: string;
  readonly site?: string;
}

/** The reply that refuses; undefined: go on. A `drop` verdict also hangs up. */
export async function decide(
  session: SessionControl,
  question: Question,
  at: Place = question.stage,
): Promise<Reply | undefined> {
  const { service, state } = session;
  const actions = state.transaction?.actions ?? state.sessionActions;
  // What will be thrown away is not refused.
  if (actions.discard !== '') return undefined;
  const check: Check = {
    core: service.checks,
    state,
    stage: question.stage,
    at,
    sender: state.transaction?.sender,
    recipient: question.recipient,
    ...(question.site === undefined ? {} : { site: question.site }),
    actions,
    deferIfPermit: state.deferIfPermit,
    deferIfReject: undefined,
  };
  const verdict = await service.evaluator.run(
    check,
    service.settings[question.list],
    question.list,
  );
  if (verdict.is === 'permit' || verdict.is === 'dunno') {
    state.deferIfPermit = check.deferIfPermit;
    return undefined;
  }
  if (verdict.is === 'drop') session.hangUp();
  logReject(session, verdict.reply, at, { recipient: question.recipient });
  return verdict.reply;
}

export function logReject(
  session: SessionControl,
  answer: Reply,
  at: Place,
  who: { readonly sender?: string | undefined; readonly recipient?: string | undefined } = {},
): void {
  const { state, service } = session;
  const { sender = state.transaction?.sender, recipient } = who;
  const text = replyText(service.settings.soft_bounce ? softened(answer) : answer);
  service.log.info(
    eventLine({ state, what: 'reject', verb: verbs[at], text, sender, recipient }, service.log),
  );
}

/** Restrictions of DATA and later speak for all recipients: one that is alone is named. */
export function onlyRecipient({ state }: SessionControl): string | undefined {
  const recipients = state.transaction?.recipients ?? [];
  return recipients.length === 1 ? recipients[0]?.address : undefined;
}
