/** cleanup/content/mime-problem - what the strict settings forbid, or what is nested too deep, refuses the message. */
import { type MimeProblem, mimeProblems } from '../../../lib/protocol/message/mime-body.js';
import { shownOctets } from '../../../lib/protocol/message/octets.js';
import type { Message } from '../message.js';
import { placeOf } from '../milter/verdict-line.js';
import { refuse } from './check-line.js';

const texts: Readonly<Record<MimeProblem, string>> = {
  nesting: 'MIME nesting exceeds safety limit',
  'header-8bit': 'improper use of 8-bit data in message header',
  'body-8bit': 'improper use of 8-bit data in message body',
  encoding: 'invalid message/* or multipart/* encoding domain',
};

const maxShown = 100;

/** Logged at once, the first of its kind; the message is refused when all of it has been looked at. */
export function noteProblem(message: Message, problem: MimeProblem, text: string): void {
  if (!message.isChecked || message.problems.has(problem)) return;
  message.problems.add(problem);
  const { core, queueId } = message;
  const shown = shownOctets(text.slice(0, maxShown));
  core.log.info(
    `${queueId}: reject: mime-error ${texts[problem]}: ${shown} ${placeOf(message, 'local')}`,
  );
}

export function refuseProblems(message: Message): void {
  const worst = mimeProblems.find((problem) => message.problems.has(problem));
  if (worst !== undefined && !message.refusal) refuse(message, '5.6.0', texts[worst]);
}
