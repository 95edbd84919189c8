/** cleanup/stage/sender-address - the envelope sender in canonical form; the null sender stays null. */
import type { Stage } from '../message.js';

export const senderAddress: Stage = {
  name: 'sender-address',
  begin(message) {
    const { envelope, core } = message;
    if (envelope.sender === '') return;
    const sender = core.rewrite.rewrite(envelope.sender, 'local');
    if (sender !== envelope.sender) message.envelope = { ...envelope, sender };
  },
};
