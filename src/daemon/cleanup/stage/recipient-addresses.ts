/**
 * cleanup/stage/recipient-addresses - recipients in canonical form; one for all where REDIRECT says so; none is refused.
 */
import type { Stage } from '../message.js';
import { Refused, refusals } from '../refusal.js';

export const recipientAddresses: Stage = {
  name: 'recipient-addresses',
  envelope(message) {
    const { core, envelope } = message;
    const [first] = message.recipients;
    if (!first) throw new Refused(refusals.noRecipients);
    const target = envelope.redirectTo;
    const given = target === '' ? message.recipients : [{ ...first, address: target }];
    message.recipients = given.map((recipient) => {
      const address = recipient.address || core.settings.empty_address_recipient;
      const canonical = core.rewrite.rewrite(address, 'local');
      return canonical === recipient.address ? recipient : { ...recipient, address: canonical };
    });
  },
};
