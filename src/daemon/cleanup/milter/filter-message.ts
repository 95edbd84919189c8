/** cleanup/milter/filter-message - shows a finished message to the mail filters; says what becomes of it. */
import type { MessageMilters, MilterVerdict } from '../../../lib/ipc/conversation/milters.js';
import type { Reply } from '../../../lib/protocol/smtp/reply.js';
import type { Message } from '../message.js';
import { MessageForFilters } from './filtered-message.js';
import type { KeptContent } from './kept-content.js';
import { closing, logVerdict } from './verdict-line.js';

/** The refusal; undefined: the message goes on, perhaps on hold or to be dropped (message.hold, message.discard). */
export async function filterMessage(
  message: Message,
  content: KeptContent,
  milters: MessageMilters,
): Promise<Reply | undefined> {
  const recipient = message.recipients.at(-1)?.address;
  const shown = new MessageForFilters(message, content);
  try {
    const verdict = await milters.inspect(shown, (decision) => {
      // What milter_header_checks decided has its own log line.
      if (decision !== shown.ownVerdict)
        logVerdict(message, decision, 'END-OF-MESSAGE', {
          sender: message.envelope.sender,
          recipient,
        });
    });
    return applyVerdict(message, verdict);
  } finally {
    await shown.endBody(false);
  }
}

/** @returns the refusal, if it is one */
export function applyVerdict(
  message: Message,
  verdict: MilterVerdict | undefined,
): Reply | undefined {
  switch (verdict?.is) {
    case undefined:
      return undefined;
    case 'hold':
      message.hold = true;
      return undefined;
    case 'discard':
      message.discard = true;
      return undefined;
    case 'shutdown':
      return closing;
    case 'reply':
      return verdict.reply;
  }
}
