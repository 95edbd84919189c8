/**
 * cleanup/stage/bcc - copies that the administrator wants: sender_bcc_maps, recipient_bcc_maps, always_bcc, and the BCC
 * action of header_checks and body_checks.
 *
 * Only of mail from outside, not of our own notifications. No one hears of what becomes of a copy (NOTIFY=NEVER).
 */
import { dsnNotify, type Recipient } from '../../../lib/ipc/envelope.js';
import type { AddressFinder } from '../../../lib/map/address-find.js';
import { type Message, type Stage, usesCanonical } from '../message.js';

export const bcc: Stage = {
  name: 'bcc',
  async envelope(message) {
    const { core, envelope, options, recipients } = message;
    const { always_bcc } = core.settings;
    const isSet = always_bcc !== '' || !core.senderBcc.isEmpty || !core.recipientBcc.isEmpty;
    const isWanted = isSet && envelope.kind === 'mail' && !options.overrides.noAddressMappings;
    if (isWanted) {
      const result: Recipient[] = [...(await copies(message, core.senderBcc, envelope.sender))];
      for (const recipient of recipients) {
        result.push(recipient, ...(await copies(message, core.recipientBcc, recipient.address)));
      }
      if (always_bcc !== '') result.push(await copy(message, always_bcc));
      message.recipients = result;
    }
    // What header_checks and body_checks ask for counts for all mail that they see.
    for (const address of message.copies) message.recipients.push(await copy(message, address));
  },
};

async function copies(
  message: Message,
  finder: AddressFinder,
  address: string,
): Promise<Recipient[]> {
  if (finder.isEmpty || address === '') return [];
  const [target] = (await finder.findAddresses(address)) ?? [];
  return target === undefined || target === '' ? [] : [await copy(message, target)];
}

async function copy(message: Message, target: string): Promise<Recipient> {
  const { core, queueId } = message;
  const completed = core.rewrite.rewrite(target, 'local');
  const place = 'envelope_recipient';
  const address = usesCanonical(message, place)
    ? ((await core.canonical?.apply(completed, place, queueId)) ?? completed)
    : completed;
  return { address, original: address, dsnNotify: dsnNotify.never };
}
