/**
 * cleanup/content/apply-action - does what a value of header_checks or body_checks says, and logs it in Postfix's words.
 *
 * Postfix: cleanup_act() in cleanup_message.c; cleanup_milter.c for fields of mail filters.
 */
import type { ContentAction } from '../../../lib/map/content-check.js';
import { fromOctets, shownOctets } from '../../../lib/protocol/message/octets.js';
import { type Reply, reply } from '../../../lib/protocol/smtp/reply.js';
import type { Message } from '../message.js';

/** What triggered the action. */
export interface Trigger {
  /** One char a byte. */
  readonly text: string;
  /** Its word in the log; `content`: characters that may not be there. */
  readonly context: 'header' | 'body' | 'content';
  /** The parameter of the table. */
  readonly parameter: string;
  /** `from name[address]; from=<> to=<> proto= helo=<>` */
  readonly origin: string;
  /** In front of the log's word for the action. */
  readonly prefix?: 'milter-header-';
}

/** How an action reaches the envelope. */
export interface Effects {
  redirect(address: string): void;
  copyTo(address: string): void;
}

export interface Outcome {
  /** A line of its own in front. One char a byte. */
  readonly before?: string;
  /** What goes on in place of the line; undefined: nothing. */
  readonly text: string | undefined;
  /** Nothing more of this message is checked. */
  readonly end?:
    | { readonly is: 'reject'; readonly reply: Reply }
    | { readonly is: 'discard' | 'pass' | 'redirect' };
}

const maxShown = 200;

export function applyAction(
  message: Message,
  action: ContentAction,
  trigger: Trigger,
  effects: Effects,
): Outcome {
  const { log } = message.core;
  const { text, parameter } = trigger;
  const isMilter = trigger.prefix !== undefined;
  const note = (word: string, reason: string): void => noteAction(message, trigger, word, reason);
  switch (action.is) {
    case 'none':
      if (action.warning) log.warning(action.warning(parameter));
      return { text };
    case 'unknown':
      log.warning(
        `${isMilter ? 'unsupported' : 'unknown'} command in ${parameter} map: ${action.value}`,
      );
      return { text };
    case 'ignore':
      return { text: undefined };
    case 'strip':
      note('strip', action.text);
      return { text: undefined };
    case 'warn':
      note('warning', action.text);
      return { text };
    case 'info':
      note('info', action.text);
      return { text };
    case 'pass':
      note('pass', action.text);
      return { text, end: { is: 'pass' } };
    case 'hold':
      if (!message.hold && !message.discard) note('hold', action.text);
      message.hold = true;
      return { text };
    case 'discard':
      note('discard', action.text);
      return { text, end: { is: 'discard' } };
    case 'reject': {
      note('reject', `${action.enhanced} ${action.text}`);
      const code = action.enhanced.startsWith('4') ? 451 : 550;
      if (action.warning !== undefined) log.warning(action.warning);
      return {
        text,
        end: { is: 'reject', reply: reply(code, action.enhanced, fromOctets(action.text)) },
      };
    }
    case 'replace':
      note('replace', action.text);
      return { text: action.text };
    case 'prepend':
      note('prepend', action.text);
      if (!isMilter) return { before: action.text, text };
      log.warning('the milter_header/body_checks prepend action is not implemented');
      return { text };
    case 'filter':
      note('filter', action.destination);
      message.envelope = { ...message.envelope, contentFilter: fromOctets(action.destination) };
      return { text };
    case 'redirect':
      note('redirect', action.address);
      effects.redirect(fromOctets(action.address));
      return { text, end: { is: 'redirect' } };
    case 'bcc':
      note('bcc', action.address);
      effects.copyTo(fromOctets(action.address));
      return { text };
  }
}

export function noteAction(
  { core, queueId }: Message,
  trigger: Trigger,
  word: string,
  reason: string,
): void {
  const { text, context, origin, prefix = '' } = trigger;
  const shown = shownOctets(text.slice(0, maxShown));
  const because = reason === '' ? '' : `: ${shownOctets(reason)}`;
  core.log.info(`${queueId}: ${prefix}${word}: ${context} ${shown} ${origin}${because}`);
}
