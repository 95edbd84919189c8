/** content-checks - header_checks, body_checks and their like, and the strict rules of MIME: what arrives, what is logged. */
import { fromUser, send } from './messages.js';

const tables = {
  headers: `/^Subject: reject/ REJECT
/^Subject: own text/ REJECT not wanted here
/^Subject: own code/ REJECT 5.9.9 with a code
/^Subject: for now/ REJECT 4.7.9 not now
/^Subject: odd code/ REJECT 2.7.9 odd
/^Subject: discard/ DISCARD silently
/^Subject: hold/ HOLD held
/^Subject: warn/ WARN careful
/^Subject: replace/ REPLACE Subject: other
/^Subject: prepend/ PREPEND X-New: 1
/^Subject: pass/ PASS fine
/^Subject: nothing/ REPLACE
/^Subject: no field/ PREPEND no field
/^Subject: info/ INFO
/^Subject: filter/ FILTER smtp:[127.0.0.1]:1
/^Subject: bad filter/ FILTER smtp
/^Subject: redirect/ REDIRECT taro@example.test
/^Subject: bad redirect/ REDIRECT taro
/^Subject: bcc/ BCC taro@example.test
/^Subject: unknown/ REJCT
/^Subject: later/ DUNNO
/^Subject: .*/ WARN second rule
/^X-Strip: (.*)/ STRIP gone $1
/^X-Ignore:/ IGNORE
/^X-Bad:/ REJECT bad
/^X-To: (.*)/ REPLACE To: $1
/^Received:.*with ESMTP/ INFO our own
/^Bcc:/ INFO dropped later
/^Message-Id: <added/ INFO seen
`,
  mime: '/name=.*\\.exe/ REJECT no programs\n/^Content-Description: old/ REPLACE Content-Description: new\n/^X-Part:/ PREPEND X-Seen: part\n/^X-Gone/ IGNORE\n',
  nested:
    '/^Subject: inner/ REPLACE Subject: changed\n/^Received:/ IGNORE\n/^X-Evil/ REJECT nested evil\n',
  body: `/^virus/ REJECT bad content
/^old line/ REPLACE new line
/^gone/ IGNORE
/^before/ PREPEND in front
/^held/ HOLD
/^warned (.*)$/ WARN $1
/^--b/ INFO boundary
/^xxxx/ INFO long
/^late/ INFO late
/^pass/ PASS
/^X-Ignore/ IGNORE
/^elsewhere/ REDIRECT hanako@example.test
`,
};

const main = {
  header_checks: 'regexp:@etc@/headers',
  mime_header_checks: 'regexp:@etc@/mime',
  nested_header_checks: 'regexp:@etc@/nested',
  body_checks: 'regexp:@etc@/body',
  body_checks_size_limit: '300',
};

const subject = (words, more = '', body = 'body\n') =>
  send(
    ['oyaji@example.test'],
    `From: a@sender.example\nSubject: ${words}\n${more}\n${body}`,
    fromUser,
  );
const body = (text, more = '') => subject('later', more, text);

const parts = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"
`;
const multipart = `preamble
gone in the preamble
--b
Content-Type: text/plain;
\tname="fine.txt"
Content-Description: old
X-Part: 1
X-Gone: yes
\tand yes

old line
old line two
--b
Content-Type: message/rfc822

Received: from nowhere
Subject: inner
X-Part: not in nested

old line in the message
--b
Content-Type: multipart/digest; boundary=c

--c

Subject: inner
Received: x

before the end
--c--
--b--
gone in the epilogue
`;
const nestedParts = (depth) => {
  let text = 'deep\n';
  for (let at = depth; at > 1; at -= 1)
    text = `--b${at - 1}\nContent-Type: multipart/mixed; boundary=b${at}\n\n${text}`;
  return text;
};

export const contentCheckGroups = [
  {
    name: 'content checks',
    main,
    files: tables,
    cases: {
      ...Object.fromEntries(
        [
          'reject it',
          'own text',
          'own code',
          'for now',
          'odd code',
          'discard',
          'hold',
          'warn',
          'replace',
          'prepend',
          'nothing',
          'no field',
          'info',
          'bad filter',
          'redirect',
          'bad redirect',
          'bcc',
          'unknown',
          'later',
        ].map((words) => [words, subject(words, 'X-Ignore: yes\nX-Strip: a b\n c\n')]),
      ),
      'filter to nowhere': { ...subject('filter'), queue: true },
      'pass ends all checks': subject('pass', 'X-Bad: x\n', 'virus\n'),
      'a field becomes another': subject(
        'later',
        'X-To: bare, x@y.example\nBcc: secret@example.test\n',
      ),
      'the first rejection counts': subject('reject it', 'X-Bad: x\n', 'virus\n'),
      'a redirection ends all checks': subject('redirect', 'X-Bad: x\n', 'virus\n'),
      'a discarded message is checked no more': subject('discard', 'X-Bad: x\n', 'virus\n'),
      'a folded field': subject('own\n text', 'X-Strip:\n\tx\n'),
      'a long field in the log': subject(`warn ${'x'.repeat(400)}`),
      'lines of the body': body('old line\nmore\ngone\nbefore me\nwarned about this\nheld\nend\n'),
      'a body refused': body('fine\nvirus\nfine\n'),
      'a line of the body redirects': body('elsewhere\nvirus\n'),
      'pass in the body': body('pass\nvirus\n'),
      'nothing after the limit': body(`${'0123456789\n'.repeat(27)}late 1\nlate 2\n`),
      'the limit is that of each part': body(
        `--b\n\n${'0123456789\n'.repeat(30)}late 1\n--b\n\nlate 2\n--b--\n`,
        parts,
      ),
      'a long line comes in pieces': body(`${'x'.repeat(5000)}\nend\n`),
      'a last line without its end': body('old line'),
      'parts and messages within': body(multipart, parts),
      'a program in a part': body(
        '--b\nContent-Type: application/octet-stream;\n\tname=a.exe\n\nx\n--b--\n',
        parts,
      ),
      'evil in a nested message': body(
        '--b\nContent-Type: message/rfc822\n\nX-Evil: yes\n\nx\n--b--\n',
        parts,
      ),
      'a body that is a message': body(
        'Subject: inner\nX-Ignore: as a nested field\n\nold line\n',
        'Content-Type: message/rfc822\n',
      ),
      'a header that is not over': body(
        '--b\nContent-Type: text/plain\nnot a field\nold line\n',
        parts,
      ),
      'a body without a blank line': send(
        ['oyaji@example.test'],
        'Subject: later\nold line\ngone\n',
        fromUser,
      ),
      'bytes beyond ASCII': subject('warn \xc3\xa4', 'X-Strip: \xff\n', 'warned \xc3\xa4\xff\n'),
      'by sendmail: refused': {
        sendmail: ['-f', 'oyaji@example.test', 'hanako@example.test'],
        input: 'From: oyaji@example.test\nSubject: reject it\n\nx\n',
        user: 'oyaji',
      },
      'by sendmail: changed': {
        sendmail: ['-f', 'oyaji@example.test', 'hanako@example.test'],
        input: 'From: oyaji@example.test\nSubject: replace\nX-Ignore: x\n\nold line\n',
        user: 'oyaji',
      },
    },
  },
  {
    name: 'content checks without MIME',
    main: { ...main, disable_mime_input_processing: 'yes', body_checks_size_limit: '0' },
    files: tables,
    cases: {
      'parts are lines': body(multipart, parts),
      'a program in a part is a line': body('--b\nContent-Type: x/y; name=a.exe\n\nvirus\n', parts),
      'a long body': body(`${'0123456789\n'.repeat(6000)}old line\n`),
    },
  },
  {
    name: 'content rules',
    main: {
      body_checks: 'regexp:@etc@/body',
      header_checks: 'regexp:@etc@/none',
      mime_nesting_limit: '3',
      mime_boundary_length_limit: '10',
      message_strip_characters: '\\001',
      message_reject_characters: '\\0\\007',
    },
    files: { ...tables, none: '' },
    cases: {
      'nested as deep as may be': body(
        nestedParts(4),
        'Content-Type: multipart/mixed; boundary=b1\n',
      ),
      'nested too deep': body(nestedParts(5), 'Content-Type: multipart/mixed; boundary=b1\n'),
      'nested too deep, by sendmail': {
        sendmail: ['-f', 'oyaji@example.test', 'hanako@example.test'],
        input: `From: oyaji@example.test\nContent-Type: multipart/mixed; boundary=b1\n\n${nestedParts(6)}`,
        user: 'oyaji',
      },
      'a long boundary': body(
        'a\n--0123456789xyz\nContent-Type: message/rfc822\n\nX: y\n\nold line\n--0123456789--\n',
        'Content-Type: multipart/mixed; boundary="0123456789abc"\n',
      ),
      'characters go': body('a\x01b\x01\n\x01\n', 'X-\x01One: x\x01\n'),
      'characters that may not be': body('fine\nsome \x07 bell\n'),
      'a character in the header': subject('a\0b'),
    },
  },
  {
    name: 'strict MIME',
    main: { strict_8bitmime: 'yes', strict_mime_encoding_domain: 'yes' },
    cases: {
      'an undeclared body': body('\xc3\xa4\n'),
      'a declared body': body('\xc3\xa4\n', 'Content-Transfer-Encoding: 8bit\n'),
      'a header beyond ASCII': subject('\xc3\xa4'),
      'an encoded multipart': body(
        '--b\n\nx\n--b--\n',
        'Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n',
      ),
      'an encoded message within': body(
        '--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\nx: y\n\nx\n--b--\n',
        parts,
      ),
      'a part beyond ASCII': body('--b\n\n\xc3\xa4\n--b--\n', parts),
      'a part that is declared': body(
        '--b\nContent-Transfer-Encoding: binary\n\n\xc3\xa4\n--b--\nepilogue\n',
        parts,
      ),
      'a header of a part beyond ASCII': body('--b\nX-Part: \xc3\xa4\n\nx\n--b--\n', parts),
      'an encoded body with bytes': body(
        '\xc3\xa4\n',
        'Content-Transfer-Encoding: quoted-printable\n',
      ),
      'by sendmail': {
        sendmail: ['-f', 'oyaji@example.test', 'hanako@example.test'],
        input: 'From: oyaji@example.test\nSubject: x\n\n\xc3\xa4\n',
        user: 'oyaji',
      },
    },
  },
  {
    name: 'strict headers',
    main: { strict_7bit_headers: 'yes', strict_8bitmime_body: 'yes' },
    cases: {
      'a header beyond ASCII': subject('\xc3\xa4'),
      'a body beyond ASCII': body('\xc3\xa4\n'),
      both: subject('\xc3\xa4', '', '\xc3\xa4\n'),
    },
  },
];
