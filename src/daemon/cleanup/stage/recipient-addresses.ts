/**
 * cleanup/stage/recipient-addresses - recipients in canonical form; one for all where REDIRECT says so; none is refused.
 */
import { quoteAddress } from '../../../lib/protocol/address/quote.js';
import type { Recipient } from '../../../lib/ipc/envelope.js';
import { type Message, type Stage, usesCanonical } from '../message.js';
import { Refused, refusals } from '../refusal.js';

export const recipientAddresses: Stage = {
  name: 'recipient-addresses',
  async envelope(message) {
    if (message.recipients.length === 0) throw new Refused(refusals.noRecipients);
    message.recipients = await canonicalRecipients(message);
  },
};

/** @throws {LookupError} @throws {Refused} */
export async function canonicalRecipients(message: Message): Promise<Recipient[]> {
  const completed = completeRecipients(message);
  const { core, queueId } = message;
  if (!usesCanonical(message, 'envelope_recipient')) return completed;
  const result: Recipient[] = [];
  for (const recipient of completed) {
    const place = 'envelope_recipient';
    const address = await core.canonical?.apply(recipient.address, place, queueId);
    result.push(renamed(recipient, address ?? recipient.address));
  }
  return result;
}

/** Without the maps of canonical_maps. */
export function completeRecipients({ core, envelope, recipients }: Message): Recipient[] {
  const target = envelope.redirectTo;
  const given =
    target === ''
      ? recipients
      : recipients.slice(0, 1).map((first) => ({ ...first, address: target }));
  return given.map((recipient) => {
    const address = recipient.address || core.settings.empty_address_recipient;
    const completed = core.rewrite.rewrite(address, 'local');
    if (completed === recipient.address) return recipient;
    // RFC 3461 section 4.2: what a notification calls the original recipient is a whole address.
    const dsnOrcpt = recipient.dsnOrcpt ?? `rfc822;${quoteAddress(completed)}`;
    return { ...recipient, address: completed, dsnOrcpt };
  });
}

function renamed(recipient: Recipient, address: string): Recipient {
  return address === recipient.address ? recipient : { ...recipient, address };
}
