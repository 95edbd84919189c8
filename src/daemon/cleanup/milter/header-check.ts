/**
 * cleanup/milter/header-check - milter_header_checks: header fields that mail filters add or change.
 *
 * Actions of header_checks(5), but PREPEND. Log lines are Postfix's: `milter-header-…`. Postfix: cleanup_milter.c.
 */
import type { MilterVerdict } from '../../../lib/ipc/conversation/milters.js';
import type { Recipient } from '../../../lib/ipc/envelope.js';
import { toOctets } from '../../../lib/protocol/message/octets.js';
import type { Reply } from '../../../lib/protocol/smtp/reply.js';
import type { Message } from '../message.js';
import { originOf } from './verdict-line.js';

export interface CheckedField {
  /** Undefined: the field is not added. */
  readonly text: string | undefined;
  /** It has been logged. */
  readonly verdict?: MilterVerdict;
}

export async function checkHeader(message: Message, text: string): Promise<CheckedField> {
  const { milterHeaderChecks } = message.core;
  if (milterHeaderChecks.isEmpty) return { text };
  // As one line is matched by pattern tables: folded lines are told apart by their line feeds.
  const result = await milterHeaderChecks.find(text);
  return result === undefined ? { text } : act(message, text, result);
}

function act(message: Message, text: string, result: string): CheckedField {
  const { core } = message;
  const [, command = '', argument = ''] = /^(\S+)\s*(.*)$/s.exec(result) ?? [];
  const action = command.toUpperCase();
  const log = (what: string, reason = argument): void => {
    const shown = text.replace(/[\x00-\x1f\x7f]/g, '?').slice(0, maxShown);
    core.log.info(
      `${message.queueId}: milter-header-${what}: header ${shown} ${originOf(message)}${reason === '' ? '' : `: ${reason}`}`,
    );
  };
  switch (action) {
    case 'DUNNO':
    case 'OK':
      return { text };
    case 'IGNORE':
      return { text: undefined };
    case 'STRIP':
      log('strip');
      return { text: undefined };
    case 'WARN':
      log('warning');
      return { text };
    case 'INFO':
      log('info');
      return { text };
    case 'REPLACE':
      log('replace');
      if (/^[\x21-\x39\x3b-\x7e]+:/.test(argument)) return { text: toOctets(argument) };
      core.log.warning(`milter_header_checks: REPLACE needs a header field, not "${argument}"`);
      return { text };
    case 'HOLD':
      log('hold');
      message.hold = true;
      return { text };
    case 'DISCARD':
      log('discard');
      return { text, verdict: { is: 'discard' } };
    case 'REJECT': {
      const reply = rejection(argument);
      log('reject', `${reply.enhanced} ${reply.lines.join(' ')}`);
      return { text, verdict: { is: 'reply', reply } };
    }
    case 'FILTER':
      log('filter');
      if (argument.includes(':'))
        message.envelope = { ...message.envelope, contentFilter: argument };
      else core.log.warning(`milter_header_checks: FILTER needs transport:destination`);
      return { text };
    case 'REDIRECT':
      log('redirect');
      redirect(message, argument);
      return { text };
    case 'BCC':
      log('bcc');
      message.recipients = [...message.recipients, recipientOf(message, argument)];
      return { text };
    case 'PREPEND':
      log('prepend');
      core.log.warning('the milter_header/body_checks prepend action is not implemented');
      return { text };
    default:
      core.log.warning(`unsupported command in milter_header_checks map: ${command}`);
      return { text };
  }
}

const maxShown = 200;

/** `5.7.1 text`, `text`, or nothing. */
function rejection(argument: string): Reply {
  const [, enhanced, text] = /^([45]\.\d{1,3}\.\d{1,3})\s+(.*)$/s.exec(argument) ?? [];
  if (enhanced === undefined || text === undefined)
    return { code: 550, enhanced: '5.7.1', lines: [argument || 'message content rejected'] };
  return { code: enhanced.startsWith('4') ? 450 : 550, enhanced, lines: [text] };
}

function redirect(message: Message, target: string): void {
  if (!target.includes('@')) {
    message.core.log.warning(`milter_header_checks: REDIRECT needs user@domain, not "${target}"`);
    return;
  }
  message.recipients = [recipientOf(message, target)];
}

function recipientOf({ core }: Message, given: string): Recipient {
  const address = core.rewrite.rewrite(given, 'local');
  return { address, original: address, dsnNotify: 0 };
}
