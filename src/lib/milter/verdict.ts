/** milter/verdict - what a filter has decided, and what it counts for when it does not answer. */
import type { Reply } from '../protocol/smtp/reply.js';
import { reply } from '../protocol/smtp/reply.js';
import type { DefaultAction } from './spec.js';

export type { MilterVerdict } from '../ipc/conversation/milters.js';
import type { MilterVerdict } from '../ipc/conversation/milters.js';

export const commandRejected: Reply = reply(550, '5.7.1', 'Command rejected');
export const tryLater: Reply = reply(451, '4.7.1', 'Service unavailable - try again later');
const unavailable: Reply = reply(550, '5.5.0', 'Service unavailable');
const configuration: Reply = reply(451, '4.3.5', 'Server configuration problem - try again later');

/** milter_default_action; undefined: as if the filter were not there. */
export function defaultVerdict(action: DefaultAction): MilterVerdict | undefined {
  switch (action) {
    case 'accept':
      return undefined;
    case 'reject':
      return { is: 'reply', reply: unavailable };
    case 'tempfail':
      return { is: 'reply', reply: tryLater };
    case 'quarantine':
      return { is: 'hold' };
    case 'shutdown':
      return { is: 'shutdown' };
  }
}

/** A filter that is configured wrongly, or does what no filter may. */
export function misconfigured(action: DefaultAction | undefined): MilterVerdict | undefined {
  return action === 'accept' ? undefined : { is: 'reply', reply: configuration };
}

/** A reply as Postfix logs a filter's: the lines in a row, control characters shown as `?`. */
export function loggedReply({ code, enhanced, lines }: Reply): string {
  return lines
    .map((line, index) => {
      const separator = index < lines.length - 1 ? '-' : ' ';
      return `${code}${separator}${enhanced === '' ? '' : `${enhanced} `}${line}`;
    })
    .join('??');
}
