/** cleanup/content/check-line - asks the tables about one line or field of a message, and does what they say. */
import { type ContentClass, parseContentAction } from '../../../lib/map/content-check.js';
import type { Message } from '../message.js';
import { originOf } from '../milter/verdict-line.js';
import { refusalOf } from '../refusal.js';
import { applyAction, type Outcome } from './apply-action.js';

const local = 'local'; // how Postfix's log calls where mail of our own comes from

/** @param text one char a byte, without the last line end @throws {LookupError} */
export async function checkLine(
  message: Message,
  kind: ContentClass,
  text: string,
): Promise<Outcome> {
  const tables = message.core.contentRules?.tables;
  if (!tables?.has(kind) || !message.isChecked) return { text };
  const value = await tables.find(kind, text);
  if (value === undefined) return { text };
  const context = kind === 'body' ? 'body' : 'header';
  const trigger = {
    text,
    context,
    parameter: tables.parameter(kind),
    origin: originOf(message, local),
  } as const;
  const outcome = applyAction(message, parseContentAction(value, context), trigger, {
    redirect(address) {
      message.envelope = { ...message.envelope, redirectTo: address };
    },
    copyTo: (address) => message.copies.push(address),
  });
  settle(message, outcome);
  return outcome;
}

/** Refused, dropped, let through or sent elsewhere: nothing more is looked at, by mail filters neither. */
export function settle(message: Message, { end }: Outcome): void {
  if (!end) return;
  message.isChecked = false;
  message.isFilteredNoMore = true;
  if (end.is === 'reject') message.refusal ??= refusalOf(end.reply);
  if (end.is === 'discard') message.discard = true;
}

/** A message that breaks rules of its format. */
export function refuse(message: Message, enhanced: string, text: string): void {
  settle(message, {
    text: undefined,
    end: { is: 'reject', reply: { code: 550, enhanced, lines: [text] } },
  });
}
