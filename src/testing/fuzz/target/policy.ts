/** target/policy - attributes of policy servers, in pieces; and ours for them. */
import { AttributeReader, encodeAttributes } from '../../../daemon/smtpd/policy/attributes.js';
import { Choices, pieces } from '../choices.js';
import { type FuzzTarget, must, mustBeUnpolluted, mustEqual } from '../target.js';

export const policy: FuzzTarget = {
  name: 'policy',
  seeds: [
    '\x03action=DEFER_IF_PERMIT later\n\n',
    '\x05action=550 no\r\nx=y\r\n\r\n',
    '\x01__proto__=x\n=y\nz\n\naction=b',
  ],
  words: ['\n', '\n\n', '\r\n', '=', 'action=', '__proto__=', '\xc3\xa4', '\0'],
  start() {
    return (input) => {
      const choices = new Choices(input);
      const seed = choices.byte();
      const bytes = choices.rest();
      mustEqual(read(pieces(bytes, seed)), read([bytes]), 'the same answer in other pieces');
      const text = bytes.toString('latin1');
      const encoded = encodeAttributes([
        ['name', text],
        ['other', text.slice(1)],
      ]);
      must(encoded.split('\n').length === 4, 'a value has begun an attribute');
      mustBeUnpolluted();
    };
  },
};

function read(chunks: readonly Buffer[]): string {
  const reader = new AttributeReader();
  try {
    for (const chunk of chunks) {
      const found = reader.push(chunk);
      if (found) return [...found].map(([name, value]) => `${name}=${value}`).join('\n');
    }
  } catch (error) {
    must((error as Error).message === 'answer is too long', String(error));
  }
  return '';
}
