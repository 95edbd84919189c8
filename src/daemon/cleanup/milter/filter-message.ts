/**
 * cleanup/milter/filter-message - shows a finished message to the mail filters; says what becomes of it.
 *
 * Log lines are Postfix's (milter-reject, milter-hold, milter-discard): log readers know them.
 */
import type { MessageMilters, MilterVerdict } from '../../../lib/ipc/conversation/milters.js';
import { loggedReply } from '../../../lib/milter/verdict.js';
import { quoteAddress } from '../../../lib/protocol/address/quote.js';
import type { Reply } from '../../../lib/protocol/smtp/reply.js';
import { reply } from '../../../lib/protocol/smtp/reply.js';
import type { Message } from '../message.js';
import { MessageForFilters } from './filtered-message.js';
import type { KeptContent } from './kept-content.js';

/** As in the session; Postfix 3.7 logs a refusal here, says 250, and drops the message. */
const closing = reply(421, '4.7.0', 'Server closing connection');

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

export function logVerdict(
  message: Message,
  verdict: MilterVerdict,
  where: string,
  whom: Whom,
): void {
  const [what, text] = described(verdict);
  const { core, queueId } = message;
  core.log.info(
    `${queueId}: ${what}: ${where} from ${clientOf(message)}: ${text};${about(message, whom)}`,
  );
}

/** `from name[address]; from=<> to=<> proto= helo=<>`: where a message came from, and for whom it is. */
export function originOf(message: Message): string {
  const { envelope, recipients } = message;
  const recipient = recipients.at(-1)?.address;
  return `from ${clientOf(message)};${about(message, { sender: envelope.sender, recipient })}`;
}

interface Whom {
  readonly sender: string;
  readonly recipient: string | undefined;
}

function clientOf({ envelope }: Message): string {
  const { name, address } = envelope.client;
  return address === '' ? 'localhost[127.0.0.1]' : `${name}[${address}]`;
}

function about({ envelope }: Message, { sender, recipient }: Whom): string {
  const { protocol, helo } = envelope.client;
  return (
    ` from=<${quoteAddress(sender)}>` +
    (recipient === undefined ? '' : ` to=<${quoteAddress(recipient)}>`) +
    (protocol === '' ? '' : ` proto=${protocol}`) +
    (helo === '' ? '' : ` helo=<${helo}>`)
  );
}

function described(verdict: MilterVerdict): [what: string, text: string] {
  switch (verdict.is) {
    case 'hold':
      return ['milter-hold', 'milter triggers HOLD action'];
    case 'discard':
      return ['milter-discard', 'milter triggers DISCARD action'];
    case 'shutdown':
      return ['milter-reject', loggedReply(closing).slice(4)];
    case 'reply': // without its code, as in Postfix
      return ['milter-reject', loggedReply(verdict.reply).slice(4)];
  }
}
