/**
 * cleanup/milter/header-check - milter_header_checks: header fields that mail filters add or change.
 *
 * Actions of header_checks(5), but PREPEND. Log lines are Postfix's: `milter-header-…`. Postfix: cleanup_milter.c.
 */
import type { MilterVerdict } from '../../../lib/ipc/conversation/milters.js';
import type { Recipient } from '../../../lib/ipc/envelope.js';
import { parseContentAction } from '../../../lib/map/content-check.js';
import { fromOctets, toOctets } from '../../../lib/protocol/message/octets.js';
import { applyAction } from '../content/apply-action.js';
import type { Message } from '../message.js';
import { originOf } from './verdict-line.js';

export interface CheckedField {
  /** Undefined: the field is not added. */
  readonly text: string | undefined;
  /** It has been logged. */
  readonly verdict?: MilterVerdict;
}

const parameter = 'milter_header_checks';

export async function checkHeader(message: Message, text: string): Promise<CheckedField> {
  const { milterHeaderChecks } = message.core;
  if (milterHeaderChecks.isEmpty) return { text };
  // As one line is matched by pattern tables: folded lines are told apart by their line feeds.
  const found = await milterHeaderChecks.find(fromOctets(text));
  if (found === undefined) return { text };
  const value = toOctets(found);
  const trigger = {
    text,
    context: 'header',
    parameter,
    origin: originOf(message),
    prefix: 'milter-header-',
  } as const;
  // The envelope has been through its stages already.
  const outcome = applyAction(message, parseContentAction(value, 'header'), trigger, {
    redirect(address) {
      message.recipients = [recipientOf(message, address)];
    },
    copyTo(address) {
      message.recipients = [...message.recipients, recipientOf(message, address)];
    },
  });
  const verdict = verdictOf(outcome.end);
  return { text: outcome.text, ...(verdict === undefined ? {} : { verdict }) };
}

function verdictOf(end: ReturnType<typeof applyAction>['end']): MilterVerdict | undefined {
  switch (end?.is) {
    case 'reject':
      return { is: 'reply', reply: end.reply };
    case 'discard':
      return { is: 'discard' };
    case 'pass':
    case 'redirect':
    case undefined:
      return undefined;
  }
}

function recipientOf({ core }: Message, given: string): Recipient {
  const address = core.rewrite.rewrite(given, 'local');
  return { address, original: address, dsnNotify: 0 };
}
