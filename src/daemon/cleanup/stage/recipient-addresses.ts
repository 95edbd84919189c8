/**
 * cleanup/stage/recipient-addresses - recipients in canonical form; one for all where REDIRECT says so; none is refused.
 */
import { quoteAddress } from '../../../lib/protocol/address/quote.js';
import type { Recipient } from '../../../lib/ipc/envelope.js';
import type { Message, Stage } from '../message.js';
import { Refused, refusals } from '../refusal.js';

export const recipientAddresses: Stage = {
  name: 'recipient-addresses',
  envelope(message) {
    if (message.recipients.length === 0) throw new Refused(refusals.noRecipients);
    message.recipients = canonicalRecipients(message);
  },
};

export function canonicalRecipients({ core, envelope, recipients }: Message): Recipient[] {
  const target = envelope.redirectTo;
  const given =
    target === ''
      ? recipients
      : recipients.slice(0, 1).map((first) => ({ ...first, address: target }));
  return given.map((recipient) => {
    const address = recipient.address || core.settings.empty_address_recipient;
    const canonical = core.rewrite.rewrite(address, 'local');
    if (canonical === recipient.address) return recipient;
    // RFC 3461 section 4.2: what a notification calls the original recipient is a whole address.
    const dsnOrcpt = recipient.dsnOrcpt ?? `rfc822;${quoteAddress(canonical)}`;
    return { ...recipient, address: canonical, dsnOrcpt };
  });
}
