/**
 * smtpd/decide - asks the restriction lists of a stage, and logs what they refuse.
 *
 * With smtpd_delay_reject the lists of client, HELO and sender are asked at RCPT, where the log can name everyone.
 */
import { quoteAddress } from '../../lib/protocol/address/quote.js';
import type { Reply } from '../../lib/protocol/smtp/reply.js';
import { replyText } from '../../lib/protocol/smtp/reply.js';
import type { Check, Stage } from './restriction/check.js';
import type { SessionControl } from './control.js';
import { clientLabel } from './state.js';

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

const verbs: Record<Stage, string> = {
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

/** The reply that refuses; undefined: go on. A `drop` verdict also hangs up. */
export async function decide(
  session: SessionControl,
  question: Question,
  shownStage: Stage = question.stage,
): Promise<Reply | undefined> {
  const { service, state } = session;
  const check: Check = {
    core: service.checks,
    state,
    stage: question.stage,
    sender: state.transaction?.sender,
    recipient: question.recipient,
    ...(question.site === undefined ? {} : { site: question.site }),
    actions: state.transaction?.actions ?? state.sessionActions,
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
  logReject(session, verdict.reply, shownStage, question.recipient);
  return withFooter(session, verdict.reply);
}

export function logReject(
  session: SessionControl,
  answer: Reply,
  stage: Stage,
  recipient?: string,
): void {
  const { state, service } = session;
  const id = state.transaction?.cleanup?.queueId ?? 'NOQUEUE';
  const from = state.transaction ? ` from=<${quoteAddress(state.transaction.sender)}>` : '';
  const to = recipient === undefined ? '' : ` to=<${quoteAddress(recipient)}>`;
  const proto =
    state.helo === ''
      ? ` proto=SMTP`
      : ` proto=${state.isEsmtp ? 'ESMTP' : 'SMTP'} helo=<${state.helo}>`;
  service.log.info(
    `${id}: reject: ${verbs[stage]} from ${clientLabel(state.client)}: ${replyText(answer)};${from}${to}${proto}`,
  );
}

/** smtpd_reject_footer: more lines under a refusal. */
function withFooter({ service }: SessionControl, answer: Reply): Reply {
  const footer = service.settings.smtpd_reject_footer;
  if (footer === '') return answer;
  const [first = '', ...more] = footer.split('\\n');
  const lines = footer.startsWith('\\c')
    ? [`${answer.lines.join(' ')}${first.slice(2)}`, ...more]
    : [...answer.lines, first, ...more];
  return { ...answer, lines };
}
