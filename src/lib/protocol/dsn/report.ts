/**
 * protocol/dsn/report - the machine-readable part of a delivery status notification, and its line for people.
 *
 * Fields come out with LF line ends. Values are put on one line first, so that nothing that a remote server said can
 * begin a field of its own. Standards: RFC 3464, RFC 6533.
 */
import { quoteAddress } from '../address/quote.js';
import { wrapLine } from './wrap.js';

export interface ReportedMessage {
  readonly reportingMta: string;
  /** mail_name: names the X- fields. */
  readonly mailName: string;
  readonly queueId: string;
  readonly envelopeId: string;
  /** Internal form; not empty. */
  readonly sender: string;
  readonly arrivalDate: string;
}

export interface ReportedRecipient {
  /** Internal forms. */
  readonly address: string;
  readonly original: string;
  /** Decoded ORCPT, `rfc822;bob@example.org`. */
  readonly orcpt: string | undefined;
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';
  readonly status: string;
  /** For people. */
  readonly text: string;
  readonly remoteMta: string | undefined;
  /** `smtp; 550 no such user`; undefined: made of the text. */
  readonly diagnostic: { readonly type: string; readonly text: string } | undefined;
  readonly retryUntil: string | undefined;
}

/** Fields of the whole message. */
export function messageFields(message: ReportedMessage): string {
  const { mailName } = message;
  return fields([
    ['Reporting-MTA', `dns; ${message.reportingMta}`],
    ['Original-Envelope-Id', message.envelopeId === '' ? undefined : message.envelopeId],
    [`X-${mailName}-Queue-ID`, message.queueId],
    [`X-${mailName}-Sender`, typed(quoteAddress(message.sender))],
    ['Arrival-Date', message.arrivalDate],
  ]);
}

/** Fields of one recipient. */
export function recipientFields(recipient: ReportedRecipient, mailName: string): string {
  const { remoteMta, diagnostic } = recipient;
  const code = diagnostic
    ? `${diagnostic.type}; ${diagnostic.text}`
    : `X-${mailName}; ${recipient.text}`;
  return fields([
    ['Final-Recipient', typed(quoteAddress(recipient.address))],
    ['Original-Recipient', recipient.orcpt ?? originalOf(recipient)],
    ['Action', recipient.action],
    ['Status', recipient.status],
    ['Remote-MTA', remoteMta === undefined || remoteMta === '' ? undefined : `dns; ${remoteMta}`],
    ['Diagnostic-Code', code, 'wrap'],
    ['Will-Retry-Until', recipient.retryUntil],
  ]);
}

/** Mail that a list sends on in its owner's name has none. */
function originalOf({ original }: ReportedRecipient): string | undefined {
  return original === '' ? undefined : `rfc822;${quoteAddress(original)}`;
}

/** `<user@example.org> (expanded from <list@example.org>): text`, wrapped. */
export function recipientText(recipient: ReportedRecipient): string {
  const { address, original, text } = recipient;
  const origin =
    original !== '' && original.toLowerCase() !== address.toLowerCase()
      ? ` (expanded from <${quoteAddress(original)}>)`
      : '';
  return wrapLine(oneLine(`<${quoteAddress(address)}>${origin}: ${text}`));
}

type Field = readonly [name: string, value: string | undefined, wrap?: 'wrap'];

function fields(list: readonly Field[]): string {
  let result = '';
  for (const [name, value, wrap] of list) {
    if (value === undefined) continue;
    const line = `${name}: ${oneLine(value)}`;
    result += `${wrap ? wrapLine(line) : line}\n`;
  }
  return result;
}

/** RFC 6533 section 4: an address beyond ASCII has the type utf-8. */
function typed(address: string): string {
  return `${isAscii(address) ? 'rfc822' : 'utf-8'}; ${address}`;
}

function isAscii(text: string): boolean {
  return !/[^\p{ASCII}]/u.test(text);
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
