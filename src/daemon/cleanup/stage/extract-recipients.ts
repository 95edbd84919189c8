/**
 * cleanup/stage/extract-recipients - recipients out of the header (`sendmail -t`).
 *
 * Resent-To:, Resent-Cc: and Resent-Bcc: count alone where there are any. Standard: RFC 5322 section 3.6.6.
 */
import { parseAddressList } from '../../../lib/protocol/address/list.js';
import { isResentField, recipientFields } from '../../../lib/protocol/message/header-names.js';
import { fromOctets } from '../../../lib/protocol/message/octets.js';
import type { Stage } from '../message.js';

export const extractRecipients: Stage = {
  name: 'extract-recipients',
  field(field, { options, named, core }) {
    if (!options.extractRecipients || !recipientFields.has(field.name)) return field;
    const list = isResentField(field.name) ? named.resent : named.plain;
    const limit = core.settings.header_address_token_limit;
    for (const address of parseAddressList(field.value, limit)) list.push(fromOctets(address));
    return field;
  },
  envelope(message) {
    const { named, options, recipients } = message;
    if (!options.extractRecipients) return;
    const dsnNotify = options.extractedDsnNotify ?? 0;
    for (const address of named.resent.length > 0 ? named.resent : named.plain)
      recipients.push({ address, original: address, dsnNotify });
  },
};
