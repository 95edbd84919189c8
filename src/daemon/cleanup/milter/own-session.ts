/**
 * cleanup/milter/own-session - mail filters for mail that no SMTP client sent (non_smtpd_milters): a session is made up
 * for it, from `localhost`.
 *
 * A filter may refuse the message, but not one recipient of it: no one is there to be told. Postfix: cleanup_milter.c.
 */
import type { MilterVerdict } from '../../../lib/ipc/conversation/milters.js';
import type { MilterService } from '../../../lib/milter/service.js';
import type { MilterSession } from '../../../lib/milter/session.js';
import { quoteAddress } from '../../../lib/protocol/address/quote.js';
import type { Message } from '../message.js';
import { Refused, refusalOf, refusals } from '../refusal.js';
import { applyVerdict } from './filter-message.js';
import { logVerdict } from './verdict-line.js';

export const localHost = { name: 'localhost', address: '127.0.0.1', port: 0 } as const;

/** Filters that hear of this message alone. */
export function openOwnSession(message: Message, service: MilterService): MilterSession {
  return service.open((name) => macro(message, name));
}

/** Tells the filters who sends it, and to whom. @throws {Refused} */
export async function simulateSession(message: Message, session: MilterSession): Promise<void> {
  const sender = message.envelope.sender;
  const settle = (where: string, verdict: MilterVerdict | undefined, recipient?: string): boolean =>
    settled(message, where, verdict, recipient);
  if (settle('CONNECT', await session.connect(localHost))) return;
  if (settle('EHLO', await session.helo(localHost.name))) return;
  if (settle('MAIL', await session.mail([quoteAddress(sender)]))) return;
  for (const { address } of message.recipients) {
    message.milterRecipient = address;
    const verdict = await session.rcpt([quoteAddress(address)]);
    message.milterRecipient = undefined;
    if (verdict?.is === 'reply') throw recipientRefused(message, verdict, address);
    if (settle('RCPT', verdict, address)) return;
  }
  settle('DATA', await session.data());
}

/** True: nothing more is asked. @throws {Refused} */
function settled(
  message: Message,
  where: string,
  verdict: MilterVerdict | undefined,
  recipient: string | undefined,
): boolean {
  if (!verdict) return false;
  logVerdict(message, verdict, where, { sender: message.envelope.sender, recipient });
  const refused = applyVerdict(message, verdict);
  if (refused) throw new Refused(refusalOf(refused));
  return verdict.is === 'discard';
}

function recipientRefused(message: Message, verdict: MilterVerdict, recipient: string): Refused {
  const { core, queueId, envelope } = message;
  logVerdict(message, verdict, 'RCPT', { sender: envelope.sender, recipient });
  core.log.warning(
    `${queueId}: milter configuration error: can't reject recipient in non-smtpd(8) submission`,
  );
  core.log.warning(`${queueId}: message not accepted, try again later`);
  return new Refused(refusals.configuration);
}

function macro(
  { core, queueId, envelope, milterRecipient }: Message,
  name: string,
): string | undefined {
  const { settings } = core;
  switch (name) {
    case 'daemon_name':
      return settings.milter_macro_daemon_name;
    case 'v':
      return settings.milter_macro_v;
    case 'j':
      return settings.myhostname;
    case '_':
      return `${localHost.name} [${localHost.address}]`;
    case 'daemon_addr':
    case 'client_addr':
      return localHost.address;
    case 'client_name':
    case 'client_ptr':
      return localHost.name;
    case 'client_port':
      return String(localHost.port);
    case 'client_resolve':
      return 'OK';
    case 'i':
      return queueId;
    case 'mail_addr':
      return quoteAddress(envelope.sender);
    case 'rcpt_addr':
      return milterRecipient === undefined ? undefined : quoteAddress(milterRecipient);
    default:
      return undefined;
  }
}
