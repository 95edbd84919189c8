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
import { type HeaderCheck, unchecked } from './header-check.js';
import type { KeptContent } from './kept-content.js';

/** As in the session; a 550, Postfix's word here, would return mail because a filter was restarted. */
const closing = reply(421, '4.7.0', 'Server closing connection');

/** The refusal; undefined: the message goes on, perhaps on hold or to be dropped (message.hold, message.discard). */
export async function filterMessage(
  message: Message,
  content: KeptContent,
  milters: MessageMilters,
  check: HeaderCheck = unchecked,
): Promise<Reply | undefined> {
  const [first] = message.recipients;
  const sender = message.envelope.sender;
  const recipient = message.recipients.length === 1 ? first?.address : undefined;
  const shown = new MessageForFilters(message, content, check);
  try {
    const verdict = await milters.inspect(shown, (decision) =>
      logVerdict(message, decision, 'END-OF-MESSAGE', { sender, recipient }),
    );
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
  { core, queueId, envelope }: Message,
  verdict: MilterVerdict,
  where: string,
  whom: { readonly sender?: string | undefined; readonly recipient?: string | undefined },
): void {
  const { name, address, protocol, helo } = envelope.client;
  const client = address === '' ? 'localhost[127.0.0.1]' : `${name}[${address}]`;
  const [what, text] = described(verdict);
  core.log.info(
    `${queueId}: ${what}: ${where} from ${client}: ${text};` +
      (whom.sender === undefined ? '' : ` from=<${quoteAddress(whom.sender)}>`) +
      (whom.recipient === undefined ? '' : ` to=<${quoteAddress(whom.recipient)}>`) +
      (protocol === '' ? '' : ` proto=${protocol}`) +
      (helo === '' ? '' : ` helo=<${helo}>`),
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
