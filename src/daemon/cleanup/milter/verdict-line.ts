/**
 * cleanup/milter/verdict-line - the log lines of what mail filters decide, in Postfix's words: log readers know them.
 */
import type { MilterVerdict } from '../../../lib/ipc/conversation/milters.js';
import { loggedReply } from '../../../lib/milter/verdict.js';
import { quoteAddress } from '../../../lib/protocol/address/quote.js';
import { reply } from '../../../lib/protocol/smtp/reply.js';
import type { Message } from '../message.js';

/** As in the session; Postfix 3.7 logs a refusal here, says 250, and drops the message. */
export const closing = reply(421, '4.7.0', 'Server closing connection');

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
