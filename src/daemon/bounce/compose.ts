/**
 * bounce/compose - a notification as text around the original message; pure.
 *
 * `head` ends where the original begins, `tail` follows it. Lines end in LF. Postfix: bounce_notify_util.c.
 * Standards: RFC 3464, RFC 6522, RFC 6533.
 */
import type { Settings } from '../../lib/config/settings.js';
import type { Notification, NotifiedRecipient } from '../../lib/ipc/conversation/bounce.js';
import { quoteAddress } from '../../lib/protocol/address/quote.js';
import {
  messageFields,
  recipientFields,
  recipientText,
  type ReportedRecipient,
} from '../../lib/protocol/dsn/report.js';
import type { Notice } from './notices.js';
import type { Templates } from './template.js';

export interface Composition {
  readonly head: string;
  readonly tail: string;
  /** Only the header of the original stands between them. */
  readonly headersOnly: boolean;
}

export type ComposeSettings = Pick<
  Settings,
  'myhostname' | 'mail_name' | 'bounce_size_limit' | 'maximal_queue_lifetime' | 'smtputf8_enable'
>;

/** @param date formats milliseconds as a mail header's date */
export function compose(
  notification: Notification,
  recipients: readonly NotifiedRecipient[],
  notice: Notice,
  settings: ComposeSettings,
  templates: Templates,
  now: number,
  date: (ms: number) => string,
): Composition {
  const { kind, envelope, queueId } = notification;
  const { myhostname, mail_name } = settings;
  const template = templates[kind];
  const forSender = notice.audience === 'sender';
  const boundary = `${queueId}.${Math.floor(now / 1000)}/${myhostname}`;
  const global = envelope.smtputf8;
  const encoding = encodingOf(envelope, settings);
  const is8Bit = encoding === '8bit';
  const encoding8Bit = is8Bit ? ['Content-Transfer-Encoding: 8bit'] : [];
  const charset = template.charset ?? (is8Bit ? 'utf-8' : 'us-ascii');
  const sender = envelope.sender === '' ? `MAILER-DAEMON@${myhostname}` : envelope.sender;
  const headersOnly = notice.headersOnly || notification.size > settings.bounce_size_limit;
  const retryUntil =
    kind === 'delay' ? date(envelope.arrival + settings.maximal_queue_lifetime * 1000) : undefined;
  const reported = recipients.map((recipient) => report(recipient, kind, retryUntil));

  const head = [
    `Date: ${date(now)}`,
    `From: ${template.from}`,
    `Subject: ${forSender ? template.subject : template.copySubject}`,
    `To: ${quoteAddress(notice.to)}`,
    `Auto-Submitted: ${forSender ? 'auto-replied' : 'auto-generated'}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status;',
    `\tboundary="${boundary}"`,
    ...(encoding === undefined ? [] : [`Content-Transfer-Encoding: ${encoding}`]),
    '',
    'This is a MIME-encapsulated message.',
    '',
    `--${boundary}`,
    'Content-Description: Notification',
    `Content-Type: text/plain; charset=${charset}`,
    ...encoding8Bit,
    '',
    `${forSender ? template.introduction : '\n'}${reported.map(recipientText).join('\n\n')}`,
    '',
    `--${boundary}`,
    'Content-Description: Delivery report',
    `Content-Type: message/${global ? 'global-' : ''}delivery-status`,
    ...(global ? ['Content-Transfer-Encoding: 8bit'] : []),
    '',
    messageFields({
      reportingMta: myhostname,
      mailName: mail_name,
      queueId,
      envelopeId: envelope.dsnEnvid,
      sender,
      arrivalDate: date(envelope.arrival),
    }),
    ...reported.map((recipient) => recipientFields(recipient, mail_name)),
    `--${boundary}`,
    `Content-Description: ${template.description}Message${headersOnly ? ' Headers' : ''}`,
    `Content-Type: ${originalType(headersOnly, global)}`,
    ...encoding8Bit,
    '',
    `Return-Path: <${quoteAddress(sender)}>`,
    '',
  ].join('\n');
  return { head, tail: `\n--${boundary}--\n`, headersOnly };
}

/** Where addresses may be beyond ASCII, the report may be, too; elsewhere it is what the original was said to be. */
function encodingOf(
  { bodyType }: Notification['envelope'],
  { smtputf8_enable }: ComposeSettings,
): '7bit' | '8bit' | undefined {
  if (smtputf8_enable || bodyType === '8BITMIME') return '8bit';
  return bodyType === '7BIT' ? '7bit' : undefined;
}

function originalType(headersOnly: boolean, global: boolean): string {
  if (headersOnly) return global ? 'message/global-headers' : 'text/rfc822-headers';
  return global ? 'message/global' : 'message/rfc822';
}

function report(
  recipient: NotifiedRecipient,
  kind: Notification['kind'],
  retryUntil: string | undefined,
): ReportedRecipient {
  const { delivery } = recipient;
  const { relay, text } = delivery;
  const isVia = kind === 'success' && relay !== '' && relay !== 'none';
  return {
    address: recipient.address,
    original: recipient.original,
    orcpt: recipient.dsnOrcpt,
    action: actionOf(recipient, kind),
    status: delivery.dsn,
    text: isVia ? `delivery via ${relay}: ${text}` : text,
    remoteMta: delivery.remoteMta,
    diagnostic:
      delivery.diagnosticType !== undefined && delivery.diagnostic !== undefined
        ? { type: delivery.diagnosticType, text: delivery.diagnostic }
        : undefined,
    retryUntil,
  };
}

function actionOf(
  { delivery }: NotifiedRecipient,
  kind: Notification['kind'],
): ReportedRecipient['action'] {
  switch (kind) {
    case 'failure':
      return 'failed';
    case 'delay':
      return 'delayed';
    case 'success':
      return delivery.dsnAction ?? 'delivered';
  }
}
