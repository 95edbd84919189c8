/** target/qmqp - requests of QMQP, netstrings in a netstring, in pieces. */
import { QmqpPacket, type QmqpResult } from '../../../lib/protocol/qmqp/packet.js';
import { Choices, pieces } from '../choices.js';
import { type FuzzTarget, must, mustEqual } from '../target.js';

const limits = { message: 50_000, address: 100, recipients: 20 };

export const qmqp: FuzzTarget = {
  name: 'qmqp',
  seeds: [
    '\x03\x32\x36:5:Hi\nyo,3:a@b,3:c@d,,',
    '\x0120:2:x\n,0:,3:c@d,3:e@f,,',
    '\x02999999999999999:5:',
  ],
  words: [':', ',', '0:,', '3:a@b,', '1', '99', ',,', '-1:', ' '],
  start() {
    return (input) => {
      const choices = new Choices(input);
      const seed = choices.byte();
      const bytes = choices.rest();
      const whole = read([bytes]);
      mustEqual(shown(read(pieces(bytes, seed))), shown(whole), 'the same request in other pieces');
      if (whole.is !== 'request') return;
      must(whole.recipients.length <= limits.recipients, 'too many recipients');
      for (const address of [whole.sender, ...whole.recipients])
        must(address.length <= limits.address, 'an address is too long');
    };
  },
};

function read(chunks: readonly Buffer[]): QmqpResult {
  const packet = new QmqpPacket(limits);
  let result: QmqpResult = { is: 'more' };
  for (const chunk of chunks) {
    result = packet.receive(chunk);
    if (result.is !== 'more') break;
  }
  return result;
}

function shown(result: QmqpResult): string {
  if (result.is !== 'request') return result.is === 'error' ? result.text : 'more';
  return [result.content, result.sender, ...result.recipients].map(String).join('|');
}
