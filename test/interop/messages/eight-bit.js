/** eight-bit - content beyond ASCII: BODY=, conversion for hosts that want 7 bits, long lines. */
import { fromUser, send, sendLines } from './messages.js';

const mime = (type, body, encoding = '8bit') =>
  `From: oyaji@example.test\nSubject: x\nMIME-Version: 1.0\nContent-Type: ${type}\n${encoding === '' ? '' : `Content-Transfer-Encoding: ${encoding}\n`}\n${body}`;
const text = 'text/plain; charset=utf-8';
const eightBody = `${fromUser} BODY=8BITMIME`;
const old = (content, sender = eightBody) => send(['x@no8.example'], content, sender);
const local = (content, args = []) => ({
  sendmail: [...args, '-f', 'oyaji', 'x@ok.example'],
  input: content,
});

const parts = (...list) =>
  mime('multipart/mixed; boundary="b"', `pre\xe4\n--b\n${list.join('\n--b\n')}\n--b--\npost\xe4\n`);

const content = {
  'text without MIME header': old('Subject: x\n\n\xe4\xf6\xfc\n'),
  'text without MIME-Version': old(
    `Subject: x\nContent-Type: ${text}\nContent-Transfer-Encoding: 8bit\n\n\xc3\xa4\n`,
  ),
  'text that is labelled 7bit': old(mime(text, '\xc3\xa4\n', '7bit')),
  'text that is not labelled': old(mime(text, '\xc3\xa4\n', '')),
  'text that is plain ASCII': old(mime(text, 'all plain = here\n')),
  'ASCII text without BODY': old(mime(text, 'all plain\n'), fromUser),
  '8-bit text without BODY': old(mime(text, '\xc3\xa4\n'), fromUser),
  '8-bit text with BODY=7BIT': old(mime(text, '\xc3\xa4\n'), `${fromUser} BODY=7BIT`),
  'signs that are quoted': old(
    mime(text, 'a=b \xc3\xa4\t\n \n\t\nFrom here\n..dot\n..\n...\n\x01\x7f\xff=\n'),
  ),
  'lines of 70 to 80': old(
    mime(
      text,
      Array.from({ length: 11 }, (_, n) => `${'x'.repeat(69 + n)}\xe4 end\n`).join('') +
        Array.from({ length: 11 }, (_, n) => `${'\xe4'.repeat(20 + n)}\n`).join(''),
    ),
  ),
  'a long line': old(mime(text, `${'\xe4 word '.repeat(700)}\nend\n`)),
  'binary encoding': old(mime('application/octet-stream', '\xe4\x00\xff\n', 'binary')),
  'base64 that is not': old(mime('application/octet-stream', 'AAAA\xe4\n', 'base64')),
  'an unknown encoding': old(mime(text, '\xe4\n', 'x-uuencode')),
  'parts of several kinds': old(
    parts(
      `Content-Type: ${text}\nContent-Transfer-Encoding: 8bit\n\n\xc3\xa4 one`,
      'Content-Type: text/plain\n\nplain two',
      'Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nAAAA',
      `Content-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\nSubject: in\xe4ner\nMIME-Version: 1.0\nContent-Type: ${text}\nContent-Transfer-Encoding: 8bit\n\n\xe4 inner`,
      'Content-Type: multipart/alternative; boundary=c\n\n--c\n\ndefault \xe4\n--c--\n',
    ),
  ),
  'a digest': old(
    mime(
      'multipart/digest; boundary=b',
      '--b\n\nSubject: one\n\nbody \xe4\n--b\n\nSubject: two\n\nbody\n--b--\n',
    ),
  ),
  'message/rfc822 at the top': old(
    mime('message/rfc822', `Subject: inner\nContent-Transfer-Encoding: 8bit\n\n\xe4\n`),
  ),
  'message/partial': old(mime('message/partial; id=x; number=1', '\xe4\n')),
  'a signed message': old(
    mime(
      'multipart/signed; boundary=b; protocol="application/pgp-signature"',
      `--b\nContent-Type: ${text}\nContent-Transfer-Encoding: 8bit\n\n\xe4\n--b\nContent-Type: application/pgp-signature\n\nsig\n--b--\n`,
    ),
  ),
  '8 bits in the header': old('Subject: \xc3\xa4\nMIME-Version: 1.0\n\nplain\n'),
  'encoding in capitals and comments': old(
    'MIME-Version: 1.0 (x)\nCONTENT-TYPE: Text/Plain (c) ; charset=utf-8\nCONTENT-TRANSFER-ENCODING: 8BIT (c)\n\n\xe4\n',
  ),
  'an encoding at the end of the header': old(
    'MIME-Version: 1.0\nContent-Transfer-Encoding: 8bit\nSubject: later\nX-Other: y\n\n\xe4\n',
  ),
  'a multipart that is labelled quoted-printable': old(
    mime('multipart/mixed; boundary=b', '--b\n\n\xe4\n--b--\n', 'quoted-printable'),
  ),
  'a boundary that another begins with': old(
    mime('multipart/mixed; boundary=b', '--bb\n\n\xe4\n--b\n\n\xe4 two\n--b --\n\n--b--\nx\n'),
  ),
  'no newline after the last boundary': old(
    mime('multipart/mixed; boundary=b', '--b\nContent-Transfer-Encoding: 8bit\n\n\xe4\n--b--'),
  ),
};

const submitted = {
  'plain text': local('Subject: x\n\nplain\n'),
  '8-bit text': local('Subject: x\n\n\xc3\xa4\n'),
  '8-bit text with MIME header': local(mime(text, '\xc3\xa4\n')),
  'a part says 8bit, the message does not': local(
    'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: 8bit\n\n\xe4\n--b--\n',
  ),
  'binary encoding': local(mime(text, '\xc3\xa4\n', 'binary')),
  'encoding with a comment': local(mime(text, '\xc3\xa4\n', ' 8bit (sure)')),
  'encoding in capitals, folded': local(mime(text, '\xc3\xa4\n', '\n 8BIT ')),
  '7bit encoding after 8BITMIME': local(mime(text, 'x\n', '7bit'), ['-B8BITMIME']),
  'to a host of 7 bits': {
    sendmail: ['-f', 'oyaji', 'x@no8.example'],
    input: mime(text, '\xc3\xa4\n'),
  },
  '8-bit header': local('Subject: \xc3\xa4\n\nplain\n'),
  '8BITMIME said, plain text': local('Subject: x\n\nplain\n', ['-B8BITMIME']),
  '7BIT said, 8-bit text': local('Subject: x\n\n\xc3\xa4\n', ['-B', '7BIT']),
  'a bounce of it': {
    sendmail: ['-f', 'oyaji', 'x@refuse.example'],
    input: 'Subject: x\n\n\xc3\xa4\n',
  },
  'a notification to a host of 7 bits': {
    sendmail: ['-f', 'x@no8.example', 'x@refuse.example'],
    input: mime(text, '\xc3\xa4\n'),
  },
};

const longLines = `Subject: x\n\n${[97, 98, 99, 100, 101, 150, 250].map((n) => 'abcdefghi '.repeat(30).slice(0, n)).join('\n')}\n.${'y'.repeat(120)}\n${'z'.repeat(99)}.end\n`;

export const eightBit = [
  { name: 'conversion', main: {}, cases: content },
  {
    name: 'no conversion',
    main: { disable_mime_output_conversion: 'yes' },
    cases: {
      '8-bit text': old(mime(text, '\xc3\xa4\n')),
      'from sendmail': local(mime(text, '\xc3\xa4\n')),
    },
  },
  { name: 'eight bits submitted', main: {}, cases: submitted },
  {
    name: 'line length',
    main: { smtp_line_length_limit: '100' },
    cases: {
      'lines around the limit': send(['x@ok.example'], longLines, fromUser),
      'lines around the limit, converted': send(
        ['x@no8.example'],
        longLines.replace('abc', '\xe4bc'),
        eightBody,
      ),
      'a long header': send(['x@ok.example'], `Subject: ${'word '.repeat(60)}\n\nx\n`, fromUser),
    },
  },
  {
    name: 'no line length',
    main: { smtp_line_length_limit: '0' },
    cases: {
      'a long line': send(['x@ok.example'], `Subject: x\n\n${'y'.repeat(3000)}\n`, fromUser),
    },
  },
  {
    name: 'long lines',
    main: {},
    cases: {
      'lines around 998': sendLines(
        ['RCPT TO:<x@ok.example>'],
        `Subject: x\n\n${[989, 990, 998, 999, 1000, 1997, 2048, 2049, 5000].map((n) => 'x'.repeat(n)).join('\n')}\n`,
        fromUser,
      ),
    },
  },
];
