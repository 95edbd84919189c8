/** protocol/message/header-names - which header fields hold addresses, and whose. Postfix: header_opts.c. */

/** Fields with addresses of recipients. */
export const recipientFields: ReadonlySet<string> = new Set([
  'to',
  'cc',
  'bcc',
  'apparently-to',
  'resent-to',
  'resent-cc',
  'resent-bcc',
]);

/** Fields with addresses of the sender's side. */
export const senderFields: ReadonlySet<string> = new Set([
  'from',
  'sender',
  'reply-to',
  'errors-to',
  'return-receipt-to',
  'mail-followup-to',
  'disposition-notification-to',
  'resent-from',
  'resent-sender',
  'resent-reply-to',
]);

/** Name of a field that belongs to resending (RFC 5322 section 3.6.6). */
export function isResentField(name: string): boolean {
  return name.startsWith('resent-');
}
