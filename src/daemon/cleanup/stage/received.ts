/**
 * cleanup/stage/received - our Received: field, then what the client's restrictions prepend.
 *
 * The recipient is named only when there is just one, so that no one learns of a blind copy.
 * Standard: RFC 5321 section 4.4.
 */
import { toOctets } from '../../../lib/protocol/message/octets.js';
import { mailDate } from '../../../lib/sys/mail-date.js';
import type { Stage } from '../message.js';

export const received: Stage = {
  name: 'received',
  begin(message) {
    const { options, queueId, recipients, envelope, lines } = message;
    const only = recipients.length === 1 ? recipients[0]?.address : undefined;
    const text = options.received(queueId, only);
    const ownLine = text.endsWith('\n\t');
    const date = mailDate(envelope.arrival);
    lines.push(
      toOctets(ownLine ? `Received: ${text.trimEnd()};\n\t${date}` : `Received: ${text}; ${date}`),
    );
    for (const line of options.prepend) lines.push(toOctets(line));
    message.hops += 1;
  },
};
