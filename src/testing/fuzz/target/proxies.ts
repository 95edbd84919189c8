/** target/proxies - PROXY headers of both versions, and the attributes of XCLIENT and XFORWARD. */
import {
  hostName,
  isArray,
  mailAddress,
  parseProxyAttributes,
  portNumber,
} from '../../../daemon/smtpd/command/proxy-attributes.js';
import { parseProxyHeader } from '../../../lib/protocol/haproxy/header.js';
import { replyText } from '../../../lib/protocol/smtp/reply.js';
import { type FuzzTarget, must, mustBeOneLine } from '../target.js';

const signature = '\r\n\r\n\0\r\nQUIT\n';

export const proxies: FuzzTarget = {
  name: 'proxies',
  seeds: [
    'PROXY TCP4 192.0.2.1 192.0.2.2 1234 25\r\nEHLO',
    'PROXY TCP6 2001:db8::1 ::ffff:192.0.2.2 1 65535\r\n',
    'PROXY UNKNOWN x y z\r\n',
    `${signature}\x21\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\x04\xd2\0\x19EHLO`,
    `${signature}\x21\x21\0\x24${'\0'.repeat(36)}`,
    `${signature}\x20\0\0\0`,
    'NAME=mail.example.test ADDR=IPv6:2001:db8::1 HELO=[UNAVAILABLE] PORT=25 PROTO=ESMTP LOGIN=a+20b',
  ],
  words: [
    ' ',
    '\r\n',
    '\n',
    'PROXY ',
    'TCP4 ',
    'TCP6 ',
    'UNKNOWN',
    '::',
    '192.0.2.1',
    '65536',
    '00',
    'NAME=',
    'ADDR=',
    'IPv6:',
    '+0A',
    '+2B',
    '[UNAVAILABLE]',
    signature,
  ],
  start() {
    return (input) => {
      const parsed = parseProxyHeader(input);
      if (parsed.is === 'header') {
        must(parsed.used <= input.length && parsed.used <= 536, 'a header longer than what came');
        for (const side of [parsed.endpoints?.client, parsed.endpoints?.server])
          if (side) {
            must(/^[0-9a-f.:]+$/.test(side.address), () => `a bad address: ${side.address}`);
            must(side.port >= 0 && side.port <= 65_535, 'a bad port');
          }
        // What begins a header does not become another one when more has come.
        for (const length of [1, parsed.used >> 1, parsed.used - 1]) {
          const early = parseProxyHeader(input.subarray(0, length));
          must(early.is === 'incomplete', 'a part of a header was taken');
        }
      } else if (parsed.is === 'bad') mustBeOneLine(parsed.problem, 'a problem');
      const attributes = parseProxyAttributes('XCLIENT', input.toString('latin1'));
      if (!isArray(attributes)) {
        mustBeOneLine(replyText(attributes), 'a reply');
        return;
      }
      for (const { value } of attributes) {
        mustBeOneLine(hostName(value) ?? '', 'a host name');
        mustBeOneLine(mailAddress(value) ?? '', 'an address');
        must((portNumber(value) ?? 0) >= 0, 'a bad port');
      }
    };
  },
};
