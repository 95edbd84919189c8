/** qmgr/verp - the envelope as one recipient of a message sees it. Postfix: qmgr_deliver.c, bounce_notify_verp.c. */
import type { Envelope, Recipient } from '../../lib/ipc/envelope.js';
import { verpSender } from '../../lib/protocol/address/verp.js';

type Named = Pick<Recipient, 'original' | 'address'>;

/** The sender names the recipient, as the client said it; without VERP the envelope is as it was. */
export function verpEnvelope(envelope: Envelope, recipient: Named): Envelope {
  const { verp, ...others } = envelope;
  // What an agent makes of the mail is no further VERP mail.
  return verp === undefined ? envelope : { ...others, sender: verpSenderOf(envelope, recipient) };
}

export function verpSenderOf(
  { verp, sender }: Pick<Envelope, 'verp' | 'sender'>,
  { original, address }: Named,
): string {
  if (verp === undefined || sender === '') return sender;
  return verpSender(sender, verp, original || address);
}
