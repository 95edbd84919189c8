/**
 * groups - messages to send through both servers, by the settings they need.
 *
 * A case is { smtp: steps } (a dialogue) or { sendmail: arguments, input, user }, with
 * `home` (files to put into home directories first), `twice`, `again` (waits in milliseconds, each followed by
 * `postqueue -f`), or `queue` (look at the deferred
 * message, too).
 */
import { content, from, raw } from '../../support/dialogue.js';
import { hello, mail, plain, send, to } from './messages.js';
import { firstPeerPort, peers } from './peers.js';
import { moreGroups as furtherGroups } from './more.js';
import { contentCheckGroups } from './content-checks.js';
import { outgoingGroups } from './outgoing.js';
import { parameterGroups } from './parameters.js';
import { rewritingGroups } from './rewriting.js';
import { verpGroups } from './verp.js';

const moreGroups = [
  ...furtherGroups,
  ...rewritingGroups,
  ...contentCheckGroups,
  ...outgoingGroups,
  ...verpGroups,
  ...parameterGroups,
];

const outsider = [from('127.0.0.2')];

const headers = {
  'a complete message': send(['oyaji@example.test'], plain),
  'two recipients': send(['oyaji@example.test', 'hanako@example.test'], plain),
  'the same recipient twice': send(['oyaji@example.test', 'OYAJI@example.test'], plain),
  'missing headers from mynetworks': send(['oyaji@example.test'], 'Subject: few\n\nhello\n'),
  'missing headers from an outsider': send(
    ['oyaji@example.test'],
    'Subject: few\n\nhello\n',
    mail,
    outsider,
  ),
  'no header at all': send(['oyaji@example.test'], 'just a body\nof two lines\n'),
  'an empty message': send(['oyaji@example.test'], ''),
  'only a header, no empty line': send(['oyaji@example.test'], 'Subject: no body\nX-Other: yes\n'),
  'a body line that looks like a header is no header': send(
    ['oyaji@example.test'],
    'Subject: x\nnot a header line\nX-Later: y\n\nbody\n',
  ),
  'Bcc is taken out': send(
    ['oyaji@example.test'],
    'Subject: bcc\nBcc: secret@example.test\nTo: oyaji@example.test\n\nx\n',
  ),
  'Return-Path is taken out': send(
    ['oyaji@example.test'],
    'Return-Path: <evil@example>\nSubject: rp\n\nx\n',
  ),
  'Content-Length is taken out': send(
    ['oyaji@example.test'],
    'Content-Length: 999\nSubject: cl\n\nx\n',
  ),
  'From_ line at the start': send(
    ['oyaji@example.test'],
    'From someone Mon Jan  1 00:00:00 2024\nSubject: from_\n\nx\n',
  ),
  '>From line at the start': send(
    ['oyaji@example.test'],
    '>From someone Mon Jan  1 00:00:00 2024\nSubject: from_\n\nx\n',
  ),
  'From_ lines in the body': send(
    ['oyaji@example.test'],
    'Subject: from_\n\nFrom here\n>From there\nx\n',
  ),
  'Resent- headers': send(
    ['oyaji@example.test'],
    'Resent-To: x@example.test\nResent-From: y\nSubject: resent\n\nx\n',
  ),
  'addresses are completed for mynetworks': send(
    ['oyaji@example.test'],
    'From: oyaji\nTo: hanako, "Taro T." <taro>\nCc: kenji@localhost\nReply-To: yuki@host\nSubject: complete\n\nx\n',
  ),
  'addresses are left alone for outsiders': send(
    ['oyaji@example.test'],
    'From: oyaji\nTo: hanako, "Taro T." <taro>\nCc: kenji@localhost\nSubject: alone\n\nx\n',
    mail,
    outsider,
  ),
  'odd address syntax': send(
    ['oyaji@example.test'],
    'From: (comment) a (c2) @ (c3) sender . example\nTo: group: x@example.test, y;, undisclosed:;\nCc: <>, ,x@y\nSubject: odd\n\nx\n',
  ),
  'a very long To header': send(
    ['oyaji@example.test'],
    `To: ${Array.from({ length: 200 }, (_, n) => `user${n}@some-long-domain.example`).join(',\n ')}\nSubject: long to\n\nx\n`,
  ),
  'a header line of 3000 bytes': send(
    ['oyaji@example.test'],
    `Subject: ${'word '.repeat(600)}\n\nx\n`,
  ),
  'a body line of 3000 bytes': send(
    ['oyaji@example.test'],
    `Subject: x\n\n${'y'.repeat(3000)}\nend\n`,
  ),
  'a header of 120000 bytes': send(
    ['oyaji@example.test'],
    `X-Big: ${'z'.repeat(60)}\n${` ${'z'.repeat(60)}\n`.repeat(2000)}Subject: big\n\nx\n`,
  ),
  '8-bit content': send(
    ['oyaji@example.test'],
    'Subject: \xc3\xa4\n\n\xc3\xa4\xff\x80\n',
    `${mail} BODY=8BITMIME`,
  ),
  'NUL and control characters': send(['oyaji@example.test'], 'Subject: c\x01\n\na\0b\x07\x1b\n'),
  'trailing blanks and dots': send(['oyaji@example.test'], 'Subject: x \n\nx \n..\n...x\n \n\n\n'),
  'no newline at the end': {
    smtp: [
      hello,
      mail,
      ...to('oyaji@example.test'),
      raw('BDAT 18 LAST\r\nSubject: x\r\n\r\nend.'),
      'QUIT',
    ],
  },
  'CRLF, bare CR and bare LF': {
    smtp: [
      hello,
      mail,
      ...to('oyaji@example.test'),
      'DATA',
      raw('Subject: x\r\n\r\na\rb\nc\r\r\nd\r\n.\r\n'),
      'QUIT',
    ],
  },
  'folded headers': send(
    ['oyaji@example.test'],
    'Subject: one\n two\n\tthree\nX-Empty:\nX-Blank: \nx-lower: y\n\nx\n',
  ),
  'blank before the colon': send(['oyaji@example.test'], 'Subject : spaced\nTo : oyaji\n\nx\n'),
  'existing Received and Delivered-To of others': send(
    ['oyaji@example.test'],
    'Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000\nDelivered-To: other@elsewhere.example\nSubject: x\n\nx\n',
  ),
  'own Delivered-To is a loop': send(
    ['oyaji@example.test'],
    'Delivered-To: oyaji@example.test\nSubject: loop\n\nx\n',
  ),
  'a loop with the null sender': send(
    ['oyaji@example.test'],
    'Delivered-To: oyaji@example.test\nSubject: loop\n\nx\n',
    'MAIL FROM:<>',
  ),
  'HELO instead of EHLO': {
    smtp: [
      'HELO client.example',
      mail,
      ...to('oyaji@example.test'),
      'DATA',
      content(plain),
      'QUIT',
    ],
  },
  'a helo name with odd characters': {
    smtp: [
      'EHLO (odd) "name"\\',
      mail,
      ...to('oyaji@example.test'),
      'DATA',
      content(plain),
      'QUIT',
    ],
  },
  'a refusal after an odd helo name': {
    smtp: [...outsider, 'EHLO <a>  (b) c;d@e\\', mail, ...to('x@far.example'), 'QUIT'],
    none: true,
  },
  'a named client': {
    smtp: [
      from('127.0.0.4'),
      hello,
      mail,
      ...to('oyaji@example.test'),
      'DATA',
      content(plain),
      'QUIT',
    ],
  },
  'IPv6 client': {
    smtp: [from('::1'), hello, mail, ...to('oyaji@example.test'), 'DATA', content(plain), 'QUIT'],
  },
  'null sender': send(['oyaji@example.test'], plain, 'MAIL FROM:<>'),
  'quoted sender': send(['oyaji@example.test'], plain, 'MAIL FROM:<"a b"@sender.example>'),
  BDAT: {
    smtp: [
      hello,
      mail,
      ...to('oyaji@example.test'),
      raw('BDAT 24 LAST\r\nSubject: x\r\n\r\n..dot\r\n.\r\n'),
      'QUIT',
    ],
  },
  'two messages, one session': {
    smtp: [
      hello,
      mail,
      ...to('oyaji@example.test'),
      'DATA',
      content(plain),
      mail,
      ...to('hanako@example.test'),
      'DATA',
      content(plain),
      'QUIT',
    ],
  },
  'MIME message': send(
    ['oyaji@example.test'],
    'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\nSubject: mime\n\npreamble\n--b\nContent-Type: text/plain\n\none\n--b\nContent-Type: message/rfc822\n\nFrom: inner\nBcc: inner\n\ntwo\n--b--\nepilogue\n',
  ),
};

const aliases = `postmaster: root
mailer-daemon: postmaster
root: oyaji
list: oyaji, hanako, taro@example.test
owner-list: list-owner
list-owner: kenji
"quoted alias": oyaji
nested: list, yuki
loopa: loopb
loopb: loopa
devnull: /dev/null
file: @base@/files/box
maildirfile: @base@/files/dir/
pipe: "|cat > @base@/files/piped; env | grep -E '^(RECIPIENT|SENDER|LOCAL|DOMAIN|USER|HOME|LOGNAME|SHELL|EXTENSION|CLIENT_|ORIGINAL_RECIPIENT|MAIL_CONFIG)=' | sort >> @base@/files/piped"
pipe75: "|exit 75"
pipe67: "|echo no such thing; exit 67"
pipe1: "|echo trouble >&2; exit 1"
pipesig: "|kill -9 $$"
include: ":include:@base@/files/members"
noinclude: ":include:@base@/files/missing"
remote: someone@far.example
mixed: oyaji, someone@far.example, /dev/null
noone:
bad: ghost-alias-target
plus+ext: hanako
Upper: oyaji
`;

const local = {
  'alias chain': send(['mailer-daemon@example.test'], plain),
  'list alias with owner': send(['list@example.test'], plain),
  'nested lists': send(['nested@example.test'], plain),
  'list and member together': send(['list@example.test', 'oyaji@example.test'], plain),
  'alias loop': send(['loopa@example.test'], plain),
  'alias in upper case': send(['UPPER@example.test', 'LIST@example.test'], plain),
  'alias to /dev/null': send(['devnull@example.test'], plain),
  'alias to a file': send(['file@example.test'], plain),
  'alias to a maildir': send(['maildirfile@example.test'], plain),
  'alias to a command': send(['pipe@example.test'], plain),
  'a command that exits 75': { ...send(['pipe75@example.test'], plain), queue: true },
  'a command that exits 67': send(['pipe67@example.test'], plain),
  'a command that exits 1': send(['pipe1@example.test'], plain),
  'a command that is killed': { ...send(['pipesig@example.test'], plain), queue: true },
  'alias to an include file': send(['include@example.test'], plain),
  'a missing include file': { ...send(['noinclude@example.test'], plain), queue: true },
  'alias to elsewhere': send(['remote@example.test'], plain),
  'alias to many kinds': send(['mixed@example.test'], plain),
  'alias to an unknown user': send(['bad@example.test'], plain),
  'alias with an extension': send(['plus+ext@example.test', 'list+ext@example.test'], plain),
  'user with an extension': send(['oyaji+shop@example.test'], plain),
  '.forward to another user': {
    ...send(['oyaji@example.test'], plain),
    home: { 'oyaji/.forward': 'hanako\n' },
  },
  '.forward with copy': {
    ...send(['oyaji@example.test'], plain),
    home: { 'oyaji/.forward': '\\oyaji, hanako@example.test\n# comment\n' },
  },
  '.forward elsewhere': {
    ...send(['oyaji@example.test'], plain),
    home: { 'oyaji/.forward': 'x@far.example\n' },
  },
  '.forward to a file and a command': {
    ...send(['oyaji@example.test'], plain),
    home: { 'oyaji/.forward': '~/box\n"|cat > ~/cmd; id -un >> ~/cmd"\n' },
  },
  '.forward to an absolute file': {
    ...send(['oyaji@example.test'], plain),
    home: { 'oyaji/.forward': '@base@/home/oyaji/abs\n' },
  },
  '.forward, empty': { ...send(['oyaji@example.test'], plain), home: { 'oyaji/.forward': '\n' } },
  '.forward to itself': {
    ...send(['oyaji@example.test'], plain),
    home: { 'oyaji/.forward': 'oyaji@example.test\n' },
  },
  '.forward loop of two': {
    ...send(['oyaji@example.test'], plain),
    home: { 'oyaji/.forward': 'hanako\n', 'hanako/.forward': 'oyaji\n' },
  },
  '.forward+extension': {
    ...send(['oyaji+shop@example.test'], plain),
    home: { 'oyaji/.forward': 'hanako\n', 'oyaji/.forward+shop': 'taro\n' },
  },
  '.forward that others can write': {
    ...send(['oyaji@example.test'], plain),
    home: { 'oyaji/.forward': 'hanako\n' },
    modes: { 'oyaji/.forward': 0o666 },
  },
  '.forward with a bad address': {
    ...send(['oyaji@example.test'], plain),
    home: { 'oyaji/.forward': 'ghost\n' },
  },
  'Maildir that is a file': {
    ...send(['oyaji@example.test'], plain),
    home: { 'oyaji/Maildir': 'not a directory\n' },
    queue: true,
  },
  'an existing Maildir': { ...send(['oyaji@example.test'], plain), twice: true },
  'a system account without mail': send(['nobody@example.test'], plain),
};

const submission = {
  'sendmail with a recipient': { sendmail: ['oyaji'], input: 'Subject: s\n\nx\n' },
  'sendmail as an ordinary user': {
    sendmail: ['hanako@example.test'],
    input: 'Subject: s\n\nx\n',
    user: 'oyaji',
  },
  'sendmail -t': {
    sendmail: ['-t'],
    input: 'To: oyaji@example.test, hanako\nCc: "T" <taro>\nBcc: kenji\nSubject: t\n\nx\n',
  },
  'sendmail -t with folded recipients': {
    sendmail: ['-t'],
    input: 'To: oyaji@example.test,\n hanako@example.test\nSubject: t\n\nx\n',
  },
  'sendmail -t with arguments': { sendmail: ['-t', 'taro'], input: 'To: oyaji\nSubject: t\n\nx\n' },
  'sendmail -t without recipients': { sendmail: ['-t'], input: 'Subject: t\n\nx\n', none: true },
  'sendmail without recipients': { sendmail: [], input: 'Subject: t\n\nx\n', none: true },
  'sendmail -f': { sendmail: ['-f', 'other@sender.example', 'oyaji'], input: 'Subject: f\n\nx\n' },
  'sendmail -f<>': { sendmail: ['-f', '<>', 'oyaji'], input: 'Subject: f\n\nx\n' },
  'sendmail -r and attached -f': {
    sendmail: ['-fone@sender.example', '-rtwo@sender.example', 'oyaji'],
    input: 'Subject: f\n\nx\n',
  },
  'sendmail -F': {
    sendmail: ['-F', 'The Cron Daemon', '-i', 'oyaji'],
    input: 'Subject: F\n\nx\n',
    user: 'hanako',
  },
  'sendmail -i and a lone dot': { sendmail: ['-i', 'oyaji'], input: 'Subject: i\n\none\n.\ntwo\n' },
  'sendmail without -i and a lone dot': {
    sendmail: ['oyaji'],
    input: 'Subject: i\n\none\n.\ntwo\n',
  },
  'sendmail -oi, -oem, -odb, -om': {
    sendmail: ['-oi', '-oem', '-odb', '-om', 'oyaji'],
    input: 'Subject: o\n\none\n.\ntwo\n',
  },
  'sendmail with two dashes': {
    sendmail: ['-i', '--', 'oyaji', 'hanako'],
    input: 'Subject: x\n\nx\n',
  },
  'sendmail with a comma list': {
    sendmail: ['oyaji,hanako', 'taro kenji'],
    input: 'Subject: x\n\nx\n',
  },
  'sendmail -N and -R': {
    sendmail: ['-N', 'success,failure', '-R', 'hdrs', '-V', 'env1', '-f', 'hanako', 'oyaji'],
    input: 'Subject: x\n\nx\n',
  },
  'sendmail -B8BITMIME': {
    sendmail: ['-i', '-FCronDaemon', '-B8BITMIME', '-oem', 'oyaji'],
    input: 'Subject: x\n\n\xe4\n',
  },
  'sendmail with CRLF input': {
    sendmail: ['oyaji'],
    input: 'Subject: x\r\nTo: oyaji\r\n\r\nx\r\n',
  },
  'sendmail with a From_ line': {
    sendmail: ['oyaji'],
    input: 'From hanako Mon Jan  1 00:00:00 2024\nSubject: x\n\nx\n',
  },
  'sendmail without any header': { sendmail: ['oyaji'], input: 'only text\n' },
  'sendmail with empty input': { sendmail: ['oyaji'], input: '' },
  'sendmail with unfinished last line': { sendmail: ['oyaji'], input: 'Subject: x\n\nno newline' },
  'sendmail with own From and Date': {
    sendmail: ['oyaji'],
    input:
      'From: Me <me@example.test>\nDate: Mon, 1 Jan 2024 00:00:00 +0000\nMessage-Id: <own@example.test>\nSubject: x\n\nx\n',
  },
  'sendmail to an unknown user bounces': {
    sendmail: ['-f', 'oyaji', 'ghost'],
    input: 'Subject: x\n\nx\n',
  },
  'sendmail to elsewhere': {
    sendmail: ['x@far.example'],
    input: 'From: oyaji\nTo: x@far.example\nSubject: x\n\nx\n',
    user: 'oyaji',
  },
  'sendmail -v is a report': { sendmail: ['-bv', 'oyaji'], input: '', slow: true },
  'sendmail with a bad option': { sendmail: ['-Z', 'oyaji'], input: 'x\n', none: true },
  'sendmail -G': {
    sendmail: ['-G', 'oyaji@example.test'],
    input: 'From: bare\nTo: bare2\nSubject: x\n\nx\n',
  },
  'sendmail with a very long line': {
    sendmail: ['oyaji'],
    input: `Subject: x\n\n${'w'.repeat(5000)}\nend\n`,
  },
};

const far = {
  delivered: send(['x@ok.example'], plain),
  'several recipients, one host': send(['x@ok.example', 'y@ok.example'], plain),
  'sender and recipient that need quotes': send(
    ['"x y"@ok.example'],
    plain,
    'MAIL FROM:<"a b"@sender.example>',
  ),
  'DSN parameters are handed on': {
    smtp: [
      hello,
      `${mail} RET=HDRS ENVID=e+2Bx`,
      'RCPT TO:<x@ok.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;orig@sender.example',
      'DATA',
      content(plain),
      'QUIT',
    ],
  },
  'NOTIFY=SUCCESS to a local user': {
    smtp: [
      hello,
      'MAIL FROM:<oyaji@example.test> ENVID=e1',
      'RCPT TO:<hanako@example.test> NOTIFY=SUCCESS ORCPT=rfc822;h@sender.example',
      'DATA',
      content(plain),
      'QUIT',
    ],
  },
  'NOTIFY=SUCCESS to a host without DSN': {
    smtp: [
      hello,
      'MAIL FROM:<oyaji@example.test>',
      'RCPT TO:<x@old.example> NOTIFY=SUCCESS',
      'DATA',
      content(plain),
      'QUIT',
    ],
  },
  'NOTIFY=NEVER and a refusal': {
    smtp: [
      hello,
      'MAIL FROM:<oyaji@example.test>',
      'RCPT TO:<x@refuse.example> NOTIFY=NEVER',
      'DATA',
      content(plain),
      'QUIT',
    ],
  },
  'RET=HDRS and a refusal': {
    smtp: [
      hello,
      'MAIL FROM:<oyaji@example.test> RET=HDRS ENVID=e2',
      'RCPT TO:<x@refuse.example>',
      'DATA',
      content(plain),
      'QUIT',
    ],
  },
  'a host of few extensions': send(['x@old.example'], plain),
  'a host that knows HELO only': send(['x@helo.example'], plain),
  '8-bit to a host without 8BITMIME': send(
    ['x@old.example'],
    'Subject: 8\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\xc3\xa4=\xc3\xb6 \nend\n',
    `${mail} BODY=8BITMIME`,
  ),
  '8-bit multipart to a host without 8BITMIME': send(
    ['x@old.example'],
    'Subject: 8\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\xc3\xa4\n--b\nContent-Type: text/plain\n\nplain\n--b--\n',
    `${mail} BODY=8BITMIME`,
  ),
  'refused at RCPT': send(['x@refuse.example'], plain, 'MAIL FROM:<oyaji@example.test>'),
  'refused at RCPT, null sender': send(['x@refuse.example'], plain, 'MAIL FROM:<>'),
  'refused at MAIL': send(['x@nomail.test'], plain, 'MAIL FROM:<oyaji@example.test>'),
  'refused at DATA': send(['x@nodata.example'], plain, 'MAIL FROM:<oyaji@example.test>'),
  'refused after the content': send(['x@nodot.example'], plain, 'MAIL FROM:<oyaji@example.test>'),
  'one of two refused': send(
    ['x@half.example', 'y@half.example'],
    plain,
    'MAIL FROM:<oyaji@example.test>',
  ),
  'deferred at RCPT': { ...send(['x@later.example'], plain), queue: true },
  'refused at connect': {
    ...send(['x@closed.example'], plain, 'MAIL FROM:<oyaji@example.test>'),
    queue: true,
  },
  'busy at connect': { ...send(['x@busy.example'], plain), queue: true },
  'nothing listens': { ...send(['x@down.example'], plain), queue: true },
  'a local and a far recipient': send(['hanako@example.test', 'x@ok.example'], plain),
  'local refused and far accepted': {
    sendmail: ['-f', 'oyaji', 'ghost', 'x@ok.example'],
    input: 'Subject: x\n\nx\n',
  },
  'dots and long lines on the wire': send(
    ['x@ok.example'],
    `Subject: x\n\n..a\n..\n${'q'.repeat(2500)}\n`,
  ),
  'virtual alias to elsewhere': send(['info@valias.test'], plain),
  'size beyond the peer': send(
    ['x@small.example'],
    `Subject: x\n\n${'0123456789\n'.repeat(200)}`,
    'MAIL FROM:<oyaji@example.test>',
  ),
  'bounce of a bounce': send(['x@refuse.example'], plain, 'MAIL FROM:<ghost@example.test>'),
  'error transport': send(
    ['x@err.example'],
    plain,
    'MAIL FROM:<oyaji@example.test>',
    outsider.slice(1),
  ),
  'by MX': send(['x@good.example'], plain),
  'by MX, first host down': send(['x@two.example'], plain),
  'by address only': send(['x@aonly.example'], plain),
  'null MX': send(['x@nomail.example'], plain, 'MAIL FROM:<oyaji@example.test>'),
  'no such domain': send(['x@nowhere.invalid'], plain, 'MAIL FROM:<oyaji@example.test>'),
  'a domain whose lookup fails': { ...send(['x@servfail.test'], plain), queue: true },
  'an MX without address': {
    ...send(['x@noaddress.example'], plain, 'MAIL FROM:<oyaji@example.test>'),
    queue: true,
  },
  'an MX that is this host': send(['x@self.example'], plain, 'MAIL FROM:<oyaji@example.test>'),
  'by address literal': send(['x@[127.0.0.9]'], plain),
};

const transport = `${Object.keys(peers)
  .map((name, index) => `${name} smtp:[127.0.0.1]:${firstPeerPort + index}`)
  .join(
    '\n',
  )}\ndown.example smtp:[127.0.0.1]:2699\nerr.example error:5.1.2 mailbox moved away\nhole.example discard:silently\nfar.example smtp:[127.0.0.1]:${firstPeerPort}\n`;

const common = {
  transport_maps: 'hash:@etc@/transport',
  virtual_alias_domains: 'valias.test',
  virtual_alias_maps: 'hash:@etc@/virtual',
};
const commonFiles = {
  transport,
  virtual:
    'info@valias.test x@ok.example, hanako@example.test\none@valias.test hanako@example.test\nbad@valias.test x@refuse.example, ghost@example.test\n',
  aliases,
};
const postmap = ['hash:@etc@/transport', 'hash:@etc@/virtual'];
const group = (name, main, cases) => ({
  name,
  cases,
  configuration: {
    main: {
      ...common,
      smtpd_forbid_unauth_pipelining: 'yes',
      smtpd_forbid_bare_newline: 'normalize',
      ...main,
    },
    files: commonFiles,
    postmap,
  },
});

const few = {
  'a message': send(['oyaji@example.test'], plain),
  'From_ lines': send(
    ['oyaji@example.test'],
    'From: a@sender.example\nSubject: x\n\nFrom here\n>From there\n\nFrom again\nx\n',
  ),
  'null sender': send(['oyaji@example.test'], plain, 'MAIL FROM:<>'),
  'two messages': { ...send(['oyaji@example.test'], plain), twice: true },
  'no newline at the end': {
    smtp: [
      hello,
      mail,
      ...to('oyaji@example.test'),
      raw('BDAT 18 LAST\r\nSubject: x\r\n\r\nend.'),
      'QUIT',
    ],
  },
  'with an extension': send(['oyaji+box@example.test'], plain),
  'an unknown user': send(['ghost@example.test'], plain, 'MAIL FROM:<oyaji@example.test>'),
};

export const groups = [
  group('header', { compatibility_level: '3.6' }, headers),
  group(
    'local',
    {
      recipient_delimiter: '+',
      allow_mail_to_files: 'alias, forward, include',
      allow_mail_to_commands: 'alias, forward',
    },
    local,
  ),
  group('sendmail', {}, submission),
  group('far', {}, far),
  group(
    'mbox',
    { home_mailbox: 'Mailbox', local_recipient_maps: '', recipient_delimiter: '+' },
    few,
  ),
  group(
    'spool',
    { home_mailbox: '', mail_spool_directory: '@base@/var', local_recipient_maps: '' },
    few,
  ),
  group(
    'spool maildir',
    {
      home_mailbox: '',
      mail_spool_directory: '@base@/var/',
      luser_relay: 'hanako',
      local_recipient_maps: '',
    },
    few,
  ),
  group(
    'command',
    {
      home_mailbox: '',
      mailbox_command:
        'cat > "$HOME/got-$EXTENSION"; echo "$USER $LOCAL $SENDER $RECIPIENT" >> "$HOME/got-$EXTENSION"',
      recipient_delimiter: '+',
      local_recipient_maps: '',
      luser_relay: '$user@far.example',
    },
    few,
  ),
  group(
    'rewriting',
    {
      always_bcc: 'archive@example.test',
      remote_header_rewrite_domain: 'domain.invalid',
      sender_canonical_maps: 'inline:{oyaji@example.test=first.last@example.test}',
      canonical_maps: 'inline:{yuki@example.test=y@example.test}',
      header_checks: 'regexp:@etc@/headers',
      mailbox_size_limit: '100000',
      message_size_limit: '50000',
      strict_7bit_headers: 'no',
      enable_original_recipient: 'yes',
      undisclosed_recipients_header: 'To: undisclosed-recipients:;',
      always_add_missing_headers: 'yes',
      local_recipient_maps: '',
      luser_relay: 'taro',
      masquerade_domains: 'example.test',
      recipient_bcc_maps: 'inline:{hanako@example.test=kenji@example.test}',
    },
    {
      always_bcc: send(['oyaji@example.test'], plain),
      'canonical sender': send(
        ['oyaji@example.test'],
        'From: oyaji@example.test\nSubject: x\n\nx\n',
        'MAIL FROM:<oyaji@example.test>',
      ),
      'canonical recipient': send(
        ['yuki@example.test'],
        'To: yuki@example.test\nSubject: x\n\nx\n',
      ),
      masquerading: send(
        ['oyaji@example.test'],
        'From: x@host.example.test\nSubject: x\n\nx\n',
        'MAIL FROM:<x@host.example.test>',
      ),
      'outsider headers get a domain': send(
        ['oyaji@example.test'],
        'From: bare\nTo: bare2\n\nx\n',
        mail,
        outsider,
      ),
      recipient_bcc_maps: send(['hanako@example.test'], plain),
      luser_relay: send(['ghost@example.test'], plain),
    },
  ),
  ...moreGroups.map(({ name, main, cases }) => group(name, main, cases)),
];
for (const { name, files } of moreGroups.filter(({ files }) => files !== undefined))
  groups.find((other) => other.name === name).configuration.files = { ...commonFiles, ...files };
groups.find(({ name }) => name === 'rewriting').configuration.files = {
  ...commonFiles,
  headers: '/^X-Never:/ IGNORE\n',
};
