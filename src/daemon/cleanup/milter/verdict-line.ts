/**
 * cleanup/milter/verdict-line - the log lines of what mail filters decide, in Postfix's words: log readers know them.
 */
import type { MilterVerdict } from '../../../lib/ipc/conversation/milters.js';
import { logAddress } from '../../../lib/log/log.js';
import { loggedReply } from '../../../lib/milter/verdict.js';
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

/**
 * `from name[address]; from=<> to=<> proto= helo=<>`: where a message came from, and for whom it is.
 *
 * @param own how mail of our own is called; default: as the made-up session of mail filters has it
 */
export function originOf(message: Message, own?: string): string {
  return placeOf(message, own) + sessionOf(message);
}

/** As originOf, without proto and helo. */
export function placeOf(message: Message, own?: string): string {
  const { envelope, recipients } = message;
  const recipient = recipients.at(-1)?.address;
  const isOwn = envelope.client.address === '';
  const place = isOwn && own !== undefined ? own : clientOf(message);
  return `from ${place};${whomOf(message, { sender: envelope.sender, recipient })}`;
}

interface Whom {
  readonly sender: string;
  readonly recipient: string | undefined;
}

function clientOf({ envelope }: Message): string {
  const { name, address } = envelope.client;
  return address === '' ? 'localhost[127.0.0.1]' : `${name}[${address}]`;
}

function about(message: Message, whom: Whom): string {
  return whomOf(message, whom) + sessionOf(message);
}

function whomOf({ core: { log } }: Message, { sender, recipient }: Whom): string {
  const to = recipient === undefined ? '' : ` to=<${logAddress(log, recipient)}>`;
  return ` from=<${logAddress(log, sender)}>${to}`;
}

function sessionOf({ envelope }: Message): string {
  const { protocol, helo } = envelope.client;
  return (protocol === '' ? '' : ` proto=${protocol}`) + (helo === '' ? '' : ` helo=<${helo}>`);
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
