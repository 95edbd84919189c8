/** target/address-path - MAIL FROM and RCPT TO: the address, and the parameters behind it. */
import { hasBadDomain } from '../../../daemon/smtpd/command/mail.js';
import {
  parseMailParameters,
  parseRcptParameters,
} from '../../../daemon/smtpd/esmtp-parameters.js';
import { parsePath } from '../../../lib/protocol/address/path.js';
import { quoteAddress } from '../../../lib/protocol/address/quote.js';
import { toOctets } from '../../../lib/protocol/message/octets.js';
import { type Reply, serializeReply } from '../../../lib/protocol/smtp/reply.js';
import { Choices } from '../choices.js';
import { type FuzzTarget, must, mustBeOneLine, mustEqual } from '../target.js';

export const addressPath: FuzzTarget = {
  name: 'address-path',
  maxLength: 2048, // line_length_limit
  seeds: [
    '\x0f<user@example.org> SIZE=1000 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb AUTH=<>',
    '\x0f<@a,@b:"q \\" s"@[192.0.2.1]> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x+40y',
    '\x0fName <"a b"@ex\xc3\xa4mple.org> ORCPT=utf-8;\\x{E4}@x',
    '\x0f<> NOTIFY=NEVER',
    '\x0fuser@[IPv6:2001:db8::1]',
    '\x0f<a(comment)b@x.> foo',
  ],
  words: [
    '<',
    '>',
    '"',
    '\\',
    '@',
    ':',
    '[',
    ']',
    '(',
    ')',
    ',',
    ';',
    '.',
    ' ',
    '<>',
    'SIZE=',
    'BODY=7BIT',
    'RET=FULL',
    'ENVID=',
    'NOTIFY=',
    'ORCPT=',
    'AUTH=',
    'XVERP',
    'XVERP=+=',
    'utf-8;',
    '\\x{10FFFF}',
    '+2B',
    '[IPv6:',
    '@x:',
  ],
  start() {
    return (input) => {
      const choices = new Choices(input);
      const offers = choices.byte();
      const text = choices.restText().replace(/[\r\n]/g, '');
      const path = parsePath(text);
      if (path.is !== 'path') {
        if (path.is === 'bad') must(path.word.length <= text.length, 'a word longer than the text');
        return;
      }
      must(text.endsWith(path.rest), 'the rest is not the end of the text');
      must(path.address.length <= 2 * text.length, 'an address longer than the text');
      const dsn = (offers & 1) !== 0;
      const mail = parseMailParameters(path.rest, {
        dsn,
        size: (offers & 2) !== 0,
        body: (offers & 4) !== 0,
        smtputf8: (offers & 8) !== 0,
        verp: { preset: '+=', allowed: '-=+' },
      });
      if ('code' in mail) mustBeOneLine(sent(mail), 'the reply to MAIL');
      else {
        mustBeOneLine(mail.dsnEnvid, 'ENVID');
        must(Number.isSafeInteger(mail.size) || mail.size <= 2 ** 63, 'SIZE is no number');
      }
      const rcpt = parseRcptParameters(path.rest, { dsn }, () => undefined);
      if ('code' in rcpt) mustBeOneLine(sent(rcpt), 'the reply to RCPT');
      else mustBeOneLine(rcpt.dsnOrcpt ?? '', 'ORCPT');
      roundTrip(path.address);
    };
  },
};

function sent(reply: Reply): string {
  return serializeReply(reply)
    .toString('latin1')
    .replace(/\r\n$/, '')
    .replace(/[\t\x80-\x9f]/g, ' ');
}

/** What we would write for an address is read as this address. */
function roundTrip(address: string): void {
  if (address === '' || /[\x00-\x1f\x7f-\x9f]/.test(address) || hasBadDomain(address)) return;
  // Latin-1 text that happens to be UTF-8 when written again means what it was.
  if (/[^\x00-\x7f]/.test(address)) return;
  const { domain } = { domain: address.slice(address.lastIndexOf('@') + 1) };
  if (!address.includes('@') || domain === '') return;
  const again = parsePath(`<${toOctets(quoteAddress(address))}>`);
  must(again.is === 'path', () => `cannot read again: ${quoteAddress(address)}`);
  mustEqual(again.address, address, 'an address read again');
}
