/**
 * cleanup/stage/smtputf8 - local mail that needs SMTPUTF8 says so, although its program could not.
 *
 * Postfix: smtputf8_autodetect_classes. Standard: RFC 6531.
 */
import { isAscii } from '../../../lib/protocol/message/octets.js';
import { splitList } from '../../../lib/util/list.js';
import type { Message, Stage } from '../message.js';

export const smtputf8: Stage = {
  name: 'smtputf8',
  envelope(message) {
    const { envelope, core } = message;
    if (envelope.smtputf8 || !core.settings.smtputf8_enable || !isDetected(message)) return;
    const addresses = [envelope.sender, ...message.recipients.map(({ address }) => address)];
    if (addresses.every(isAscii) && !message.hasUtf8Header) return;
    message.envelope = { ...envelope, smtputf8: true };
  },
};

function isDetected({ envelope, core }: Message): boolean {
  const classes = splitList(core.settings.smtputf8_autodetect_classes);
  if (classes.includes('all')) return true;
  const isLocal = envelope.client.protocol === '' && envelope.kind === 'mail';
  return isLocal && classes.includes('sendmail');
}
