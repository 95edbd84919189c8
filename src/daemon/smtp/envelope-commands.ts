/**
 * smtp/envelope-commands - MAIL and RCPT with what the server can take of the message's wishes.
 *
 * Text is Latin-1, one char a byte. Standards: RFC 5321 section 4.1.1, RFC 1870, RFC 6152, RFC 3461, RFC 6531.
 */
import { dsnNotify, type Envelope, type Recipient } from '../../lib/ipc/envelope.js';
import { quoteAddress } from '../../lib/protocol/address/quote.js';
import { encodeXtext } from '../../lib/protocol/dsn/xtext.js';
import { isAscii, toOctets } from '../../lib/protocol/message/octets.js';
import type { Offers } from '../../lib/protocol/smtp/client.js';

export interface EnvelopeWishes {
  readonly offers: Offers;
  readonly envelope: Envelope;
  /** Bytes to announce; undefined when the content will change on the way. */
  readonly size: number | undefined;
  /** smtp_quote_rfc821_envelope */
  readonly quote: boolean;
}

export function mailCommand({ offers, envelope, size, quote }: EnvelopeWishes): string {
  const { keywords } = offers;
  let line = `MAIL FROM:<${wireAddress(envelope.sender, quote)}>`;
  if (size !== undefined && keywords.has('SIZE')) line += ` SIZE=${size}`;
  // RFC 6531 section 3.1: SMTPUTF8 implies 8BITMIME, also where the server forgot to say so.
  const takes8Bit = keywords.has('8BITMIME') || keywords.has('SMTPUTF8');
  if (takes8Bit && envelope.bodyType !== '') line += ` BODY=${envelope.bodyType}`;
  if (keywords.has('DSN')) {
    if (envelope.dsnEnvid !== '') line += ` ENVID=${encodeXtext(envelope.dsnEnvid)}`;
    if (envelope.dsnRet !== '') line += ` RET=${envelope.dsnRet}`;
  }
  if (envelope.smtputf8 && keywords.has('SMTPUTF8')) line += ' SMTPUTF8';
  return line;
}

// Postfix's order.
const notifyNames = (['never', 'success', 'failure', 'delay'] as const).map(
  (name) => [name.toUpperCase(), dsnNotify[name]] as const,
);

export function rcptCommand(wishes: EnvelopeWishes, recipient: Recipient): string {
  const line = `RCPT TO:<${wireAddress(recipient.address, wishes.quote)}>`;
  if (!wishes.offers.keywords.has('DSN')) return line;
  const orcpt = originalRecipient(wishes.envelope, recipient);
  const wanted = notifyNames.filter(([, bit]) => (recipient.dsnNotify & bit) !== 0);
  const notify = wanted.length > 0 ? ` NOTIFY=${wanted.map(([name]) => name).join(',')}` : '';
  return `${line}${orcpt}${notify}`;
}

/** RFC 3461 section 5.2.1: what the sender said, or else the address we were given. */
function originalRecipient(envelope: Envelope, { dsnOrcpt, original }: Recipient): string {
  if (dsnOrcpt === undefined && original === '') return '';
  const given = dsnOrcpt ?? originalOf(envelope, quoteAddress(original));
  const separator = given.indexOf(';');
  const type = given.slice(0, separator);
  const address = given.slice(separator + 1);
  if (!/^[A-Za-z0-9-]+$/.test(type)) return '';
  if (type.toLowerCase() === 'utf-8' && !isAscii(address))
    return ` ORCPT=${type};${encodeUtf8Address(address)}`;
  return ` ORCPT=${type};${encodeXtext(address)}`;
}

function originalOf({ smtputf8 }: Envelope, address: string): string {
  return `${smtputf8 && !isAscii(address) ? 'utf-8' : 'rfc822'};${address}`;
}

/** RFC 6533 section 3: utf-8-addr-xtext keeps to ASCII, so that it may go anywhere. */
function encodeUtf8Address(address: string): string {
  return Array.from(address, (char) =>
    /[\x21-\x2a\x2c-\x3c\x3e-\x5b\x5d-\x7e]/.test(char)
      ? char
      : `\\x{${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`,
  ).join('');
}

/** Nothing that an address may contain ends the command line or begins another. */
function wireAddress(address: string, quote: boolean): string {
  const safe = address.replace(/[\x00-\x1f\x7f]/g, '?');
  return toOctets(quote ? quoteAddress(safe) : safe);
}
