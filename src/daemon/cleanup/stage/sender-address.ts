/** cleanup/stage/sender-address - the envelope sender in canonical form; the null sender stays null. */
import { type Message, type Stage, usesCanonical } from '../message.js';

export const senderAddress: Stage = {
  name: 'sender-address',
  begin(message) {
    const { envelope, core } = message;
    if (envelope.sender === '') return;
    setSender(message, core.rewrite.rewrite(envelope.sender, 'local'));
  },
  async beginSlowly(message) {
    const { envelope, core, queueId } = message;
    if (envelope.sender === '' || !usesCanonical(message, 'envelope_sender')) return;
    const place = 'envelope_sender';
    const sender = await core.canonical?.apply(envelope.sender, place, queueId);
    setSender(message, sender ?? envelope.sender);
  },
};

function setSender(message: Message, sender: string): void {
  const { envelope } = message;
  if (sender !== envelope.sender) message.envelope = { ...envelope, sender };
}
