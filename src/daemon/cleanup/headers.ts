/**
 * cleanup/headers - what happens to the header section: what is dropped, completed, added, and learnt from it; pure.
 *
 * Postfix: cleanup_message.c, header_opts.c.
 */
import type { HeaderField } from '../../lib/protocol/message/header.js';
import { parseAddressList, rewriteAddressList } from '../../lib/protocol/address/list.js';
import { quoteAddress } from '../../lib/protocol/address/quote.js';

const addressHeaders = new Set([
  'from',
  'sender',
  'to',
  'cc',
  'bcc',
  'reply-to',
  'errors-to',
  'return-receipt-to',
  'mail-followup-to',
  'disposition-notification-to',
  'resent-from',
  'resent-sender',
  'resent-to',
  'resent-cc',
  'resent-bcc',
  'resent-reply-to',
  'apparently-to',
  'return-path',
]);
const plainRecipients = new Set(['to', 'cc', 'bcc', 'apparently-to']);
const resentRecipients = new Set(['resent-to', 'resent-cc', 'resent-bcc']);

export interface HeaderRules {
  readonly dropped: ReadonlySet<string>;
  readonly extractRecipients: boolean;
  /** Completes an address; undefined: addresses stay as they are. */
  readonly complete: ((address: string) => string) | undefined;
}

/** Gathers, field by field, what the header section says. */
export class HeaderNotes {
  readonly #rules: HeaderRules;
  readonly #seen = new Set<string>();
  readonly #to: string[] = [];
  readonly #resentTo: string[] = [];
  messageId = '';
  resentMessageId = '';
  received = 0;
  isResent = false;

  constructor(rules: HeaderRules) {
    this.#rules = rules;
  }

  has(name: string): boolean {
    return this.#seen.has(name);
  }

  /** Recipients of the header, when they count: those of Resent- fields where there are any. */
  get recipients(): readonly string[] {
    return this.#resentTo.length > 0 ? this.#resentTo : this.#to;
  }

  /** The field as it goes on, without line end; undefined: dropped. */
  take(field: HeaderField): string | undefined {
    const { name } = field;
    this.#seen.add(name);
    if (name.startsWith('resent-')) this.isResent = true;
    if (name === 'received') this.received += 1;
    else if (name === 'message-id') this.messageId ||= firstWord(field.value);
    else if (name === 'resent-message-id') this.resentMessageId ||= firstWord(field.value);
    if (!addressHeaders.has(name)) return this.#rules.dropped.has(name) ? undefined : field.text;
    if (this.#rules.extractRecipients) this.#extract(field);
    if (this.#rules.dropped.has(name)) return undefined;
    if (!this.#rules.complete) return field.text;
    return `${field.label}:${rewriteAddressList(field.value, this.#rules.complete)}`;
  }

  #extract(field: HeaderField): void {
    if (plainRecipients.has(field.name)) this.#to.push(...parseAddressList(field.value));
    else if (resentRecipients.has(field.name))
      this.#resentTo.push(...parseAddressList(field.value));
  }
}

function firstWord(value: string): string {
  return value.replace(/\s+/g, ' ').trim();
}

export interface MissingHeaders {
  readonly sender: string;
  readonly fullName: string | undefined;
  readonly queueId: string;
  readonly myhostname: string;
  readonly date: string;
  /** `20261124090504`, UTC. */
  readonly stamp: string;
  readonly undisclosed: string;
}

/** Fields that a message from our own users must have and has not; in Postfix's order. */
export function missingHeaders(
  notes: HeaderNotes,
  given: MissingHeaders,
): { lines: string[]; messageId: string } {
  const lines: string[] = [];
  const resent = notes.isResent ? 'Resent-' : '';
  const lacks = (name: string): boolean => !notes.has(`${resent}${name}`.toLowerCase());
  let messageId = notes.isResent ? notes.resentMessageId : notes.messageId;
  if (lacks('message-id')) {
    messageId = `<${given.stamp}.${given.queueId}@${given.myhostname}>`;
    lines.push(`${resent}Message-Id: ${messageId}`);
  }
  if (lacks('date')) lines.push(`${resent}Date: ${given.date}`);
  if (lacks('from')) lines.push(`${resent}From: ${fromValue(given)}`);
  const named = ['to', 'cc', 'bcc', 'apparently-to', 'resent-to', 'resent-cc', 'resent-bcc'].some(
    (name) => notes.has(name),
  );
  if (!named && given.undisclosed !== '') lines.push(given.undisclosed);
  return { lines, messageId };
}

/** `Full Name <user@host>`, the bare address, or for the null sender the mail system's name. */
function fromValue({ sender, fullName }: MissingHeaders): string {
  if (sender === '') return 'MAILER-DAEMON';
  const address = quoteAddress(sender);
  if (fullName === undefined || fullName === '') return address;
  const plain = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+$/.test(fullName);
  return `${plain ? fullName : `"${fullName.replace(/["\\]/g, '\\$&')}"`} <${address}>`;
}
