/** target/smtp-client - replies of another server, and what it offers. */
import { parseOffers, ProtocolError, ReplyReader } from '../../../lib/protocol/smtp/client.js';
import { splitStatus } from '../../../lib/protocol/dsn/status.js';
import { xforwardCommands } from '../../../lib/protocol/smtp/xforward.js';
import { Choices, pieces } from '../choices.js';
import { type FuzzTarget, must, mustBeOneLine, mustBeUnpolluted, mustEqual } from '../target.js';

const source = {
  name: 'a b',
  address: '2001:db8::1',
  port: 25,
  protocol: 'ESMTP',
  helo: 'x\r\ny',
  ident: 'Q',
  isLocal: false,
};

export const smtpClient: FuzzTarget = {
  name: 'smtp-client',
  seeds: [
    '\x00\x03220 mx ESMTP\r\n250-mx\r\n250-SIZE 1000\r\n250-AUTH=LOGIN PLAIN\r\n250-AUTH CRAM-MD5\r\n250 XFORWARD NAME ADDR\r\n',
    '\x01\x02550 5.1.1 no \xe4 user\r\nnot a reply\r\n250 2.0.0 ok\n',
    '\x00\x01250-__proto__ x\r\n250-constructor y\r\n250 HELP\r\n',
  ],
  words: [
    '\r\n',
    '\n',
    '250 ',
    '250-',
    '554 5.7.1 ',
    '2.0.0 ',
    '999',
    'SIZE ',
    'AUTH=',
    '\0',
    '\x1b[',
    '\u0085',
    '__proto__',
  ],
  start() {
    return (input) => {
      const choices = new Choices(input);
      const strict = choices.flag();
      const seed = choices.byte();
      const bytes = choices.rest();
      const whole = read([bytes], strict);
      // Lines beyond the bound are cut where the pieces end, so only what is of usual length must be equal.
      const cut = read(pieces(bytes, seed), strict);
      if (!/[^\n]{2000}/.test(bytes.toString('latin1')))
        mustEqual(cut, whole, 'the same replies in other pieces');
      mustBeUnpolluted();
    };
  },
};

function read(chunks: readonly Buffer[], strict: boolean): string {
  const reader = new ReplyReader();
  reader.strict = strict;
  const seen: string[] = [];
  try {
    for (const chunk of chunks) {
      reader.receive(chunk);
      for (let found = reader.next(); found; found = reader.next()) {
        const { code, dsn, text, lines } = found;
        mustBeOneLine(text, 'a reply');
        mustBeOneLine(splitStatus(lines.at(-1) ?? '', '5.0.0').text, 'the text of a reply');
        must(text.length <= 5000 && lines.length <= 1000, 'a reply is out of bounds');
        must(code >= 0 && code <= 999 && /^[245]\.\d{1,3}\.\d{1,3}$/.test(dsn), 'a bad code');
        const offers = parseOffers(found, new Set(['SIZE']));
        must(Number.isSafeInteger(offers.size), 'SIZE is no number');
        for (const line of xforwardCommands(offers.keywords.get('XFORWARD') ?? '', source))
          mustBeOneLine(line, 'an XFORWARD command');
        seen.push(`${code} ${dsn} ${text}`);
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    seen.push(error.message);
  }
  mustBeOneLine(reader.garbage, 'garbage');
  return seen.join('\n');
}
