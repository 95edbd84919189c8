/** agent/mailbox/message - the message as a mailbox gets it: the envelope's headers before the content. */
import type { Settings } from '../../config/settings.js';
import type { MailboxLimits, MailboxMessage } from '../../ipc/conversation/mailbox.js';
import type { Delivery, DeliveryRequest } from '../../ipc/delivery.js';
import { quoteAddress } from '../../protocol/address/quote.js';
import { mailboxDate } from '../../sys/ctime.js';
import { splitList } from '../../util/list.js';

export interface EnvelopeHeaders {
  /** '' is the null sender. */
  readonly sender: string;
  /** X-Original-To; '' for none. */
  readonly original: string;
  /** Delivered-To; '' for none. */
  readonly delivered: string;
}

/** Return-Path, X-Original-To, Delivered-To, in this order. */
export function mailboxMessage(request: DeliveryRequest, headers: EnvelopeHeaders): MailboxMessage {
  const line = (name: string, value: string): string =>
    `${name}: ${value.replace(/[\r\n]/g, ' ')}\n`;
  const prefix =
    line('Return-Path', `<${quoteAddress(headers.sender)}>`) +
    (headers.original === '' ? '' : line('X-Original-To', quoteAddress(headers.original))) +
    (headers.delivered === '' ? '' : line('Delivered-To', quoteAddress(headers.delivered)));
  return {
    queueId: request.queueId,
    prefix,
    size: request.size,
    content: () => request.content(),
    ...(request.mayBeDelivered === true ? { mayBeThereSince: request.times.arrival } : {}),
    ...(request.inline === undefined ? {} : { inline: request.inline }),
  };
}

type LimitSettings = Pick<
  Settings,
  'deliver_lock_attempts' | 'deliver_lock_delay' | 'stale_lock_time' | 'strict_mailbox_ownership'
>;

/** @param problemDsn what the agent answers for trouble with rights and missing directories */
export function mailboxLimits(
  settings: LimitSettings,
  sizeLimit: number,
  lockMethods: string,
  problemDsn: '4.2.0' | '5.2.0',
): MailboxLimits {
  const known = ['fcntl', 'flock', 'dotlock'] as const;
  const wanted = splitList(lockMethods);
  return {
    sizeLimit,
    lockMethods: known.filter((method) => wanted.includes(method)),
    lockAttempts: Math.max(1, settings.deliver_lock_attempts),
    lockDelayMs: settings.deliver_lock_delay * 1000,
    staleLockMs: settings.stale_lock_time * 1000,
    problemDsn,
    ownerOnly: settings.strict_mailbox_ownership,
    anyFile: false,
  };
}

/** `From sender  Tue Nov 24 09:05:04 2026`, as asctime(3) writes dates. */
export function fromLine(sender: string, now: number): string {
  const name = sender === '' ? 'MAILER-DAEMON' : quoteAddress(sender).replace(/[\r\n]/g, ' ');
  return `From ${name}  ${mailboxDate(now)}`;
}

/** What a notification names as the cause when the disk, not the mailbox, was in the way. Postfix: mail_copy(3). */
export function writeDiagnostic(text: string): Pick<Delivery, 'diagnosticType' | 'diagnostic'> {
  return text.startsWith('error writing message')
    ? { diagnosticType: 'x-unix', diagnostic: 'input/output error' }
    : {};
}
