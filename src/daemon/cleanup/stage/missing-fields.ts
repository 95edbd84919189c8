/**
 * cleanup/stage/missing-fields - Message-Id:, Date:, From: (or their Resent- forms) and To: where our own users' mail
 * lacks them.
 *
 * Mail of others stays as it is, unless always_add_missing_headers. Standard: RFC 6409 section 8, RFC 5322 section 3.6.
 */
import { quoteAddress } from '../../../lib/protocol/address/quote.js';
import { toOctets } from '../../../lib/protocol/message/octets.js';
import { mailDate } from '../../../lib/sys/mail-date.js';
import type { Message, Stage } from '../message.js';
import { anyRecipient } from './note-fields.js';

export const missingFields: Stage = {
  name: 'missing-fields',
  headerEnd(message) {
    const { core, options, seen, lines, envelope, queueId } = message;
    const { settings, log, clock } = core;
    const prefix = message.isResent ? 'Resent-' : '';
    const lacks = (name: string): boolean => !seen.has(`${prefix}${name}`.toLowerCase());
    const adds = options.localRewrite || settings.always_add_missing_headers;
    // What is discarded has no way that could be followed.
    const note = (text: string): void => {
      if (!message.discard) log.info(`${queueId}: ${text}`);
    };
    const makesId = adds && lacks('Message-Id');
    if (makesId) {
      const id = `<${stamp(clock.now())}.${queueId}@${settings.myhostname}>`;
      lines.push(`${prefix}Message-Id: ${id}`);
      note(`${prefix.toLowerCase()}message-id=${id}`);
    }
    const hasId = seen.has('message-id') || (makesId && !message.isResent);
    if (!hasId) note('message-id=<>');
    if (!adds) return;
    if (lacks('Date')) lines.push(`${prefix}Date: ${mailDate(envelope.arrival)}`);
    if (lacks('From')) lines.push(toOctets(`${prefix}From: ${fromValue(message)}`));
    const isAddressed = seen.has(anyRecipient);
    if (!isAddressed && settings.undisclosed_recipients_header !== '')
      lines.push(toOctets(settings.undisclosed_recipients_header));
  },
};

/** `20261124090504`, UTC. */
function stamp(now: number): string {
  return new Date(now).toISOString().replace(/[-:T]|\..*/g, '');
}

/**
 * `Full Name <user@host>`, the bare address, or for the null sender the mail system's name; header_from_format =
 * obsolete: `user@host (Full Name)`.
 */
function fromValue({ core, envelope, options }: Message): string {
  if (envelope.sender === '') return 'MAILER-DAEMON';
  const address = quoteAddress(envelope.sender);
  const name = (options.fullName ?? '').replace(/\p{Cc}+/gu, ' ').trim();
  if (name === '') return address;
  if (core.settings.header_from_format.toLowerCase() === 'obsolete')
    return `${address} (${asComment(name)})`;
  const isPlain = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~ -]+$/u.test(name);
  return `${isPlain ? name : `"${name.replace(/["\\]/g, '\\$&')}"`} <${address}>`;
}

/** Parentheses that do not match would end the comment too early, or never. */
function asComment(name: string): string {
  let depth = 0;
  for (const char of name) {
    if (char === '(') depth += 1;
    if (char === ')' && (depth -= 1) < 0) break;
  }
  return (depth === 0 ? name : name.replace(/[()]/g, '\\$&')).replace(/\\$/, '');
}
