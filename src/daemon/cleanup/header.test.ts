import assert from 'node:assert/strict';
import test from 'node:test';
import { mailDate } from '../../lib/sys/mail-date.js';
import { cleanupBench, testNow } from '../../testing/cleanup-bench.js';

/** Content as sent by SMTP, and what Debian's Postfix 3.7.11 delivers of it below its own Received: field. */
type Rows = readonly (readonly [sent: string, delivered: string])[];

/** From a client of our own (local_header_rewrite_clients). */
const fromOurClients: Rows = [
  [
    'From: a\nTo: b\nSubject: s\n\nbody\n',
    'From: a@example.test\nTo: b@example.test\nSubject: s\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nbody\n',
  ],
  [
    'From: Joe User <joe>\nTo: b, c@host, d@full.example,\n  e@x.y.\nCc: f (comment), "Quoted, Name" <g>\n\nbody\n',
    'From: Joe User <joe@example.test>\nTo: b@example.test, c@host.example.test, d@full.example, e@x.y\nCc: f@example.test (comment), "Quoted, Name" <g@example.test>\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nbody\n',
  ],
  [
    'Subject: none\n\nbody\n',
    'Subject: none\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\nFrom: sender@example.test\n\nbody\n',
  ],
  [
    '\nbody only\n',
    'Message-Id: <STAMP.QID@mail.example.test>\nDate: DATE\nFrom: sender@example.test\n\nbody only\n',
  ],
  [
    'no header line at all\nsecond\n',
    'Message-Id: <STAMP.QID@mail.example.test>\nDate: DATE\nFrom: sender@example.test\n\nno header line at all\nsecond\n',
  ],
  [
    'From: a@b.example\nnot a header\nTo: x\n\nbody\n',
    'From: a@b.example\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nnot a header\nTo: x\n\nbody\n',
  ],
  [
    'From: a@b.example\nTo : x@y.example\nSubject:nospace\n\nbody\n',
    'From: a@b.example\nTo: x@y.example\nSubject:nospace\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nbody\n',
  ],
  [
    'From : joe\nTo:   x\nSubject : hello\n\nb\n',
    'X-Mailbox-Line: From : joe\nTo: x@example.test\nSubject: hello\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\nFrom: sender@example.test\n\nb\n',
  ],
  [
    'Bcc: secret@x.example\nReturn-Path: <x@y>\nContent-Length: 12\nResent-Bcc: q@x\nFrom: a@b.c\n\nb\n',
    'From: a@b.c\nResent-Message-Id: <STAMP.QID@mail.example.test>\nResent-Date: DATE\nResent-From: sender@example.test\n\nb\n',
  ],
  [
    'Resent-From: me\nFrom: a@b.c\nTo: c@d.e\n\nb\n',
    'Resent-From: me@example.test\nFrom: a@b.c\nTo: c@d.e\nResent-Message-Id: <STAMP.QID@mail.example.test>\nResent-Date: DATE\n\nb\n',
  ],
  [
    'Resent-To: me\nResent-Message-Id: <r1@x>\nFrom: a@b.c\nTo: c@d.e\nMessage-Id: <m@x>\n\nb\n',
    'Resent-To: me@example.test\nResent-Message-Id: <r1@x>\nFrom: a@b.c\nTo: c@d.e\nMessage-Id: <m@x>\nResent-Date: DATE\nResent-From: sender@example.test\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: undisclosed-recipients:;\n\nb\n',
    'From: a@b.c\nTo: undisclosed-recipients:;\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: group: x, y@host;, z\n\nb\n',
    'From: a@b.c\nTo: group: x@example.test, y@host.example.test;, z@example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c (x (nested) y)\nTo: (only comment)\n\nb\n',
    'From: a@b.c (x (nested) y)\nTo: (only comment)\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: "a b"@host\nTo: "a.b"@x.example, a\\ b@host\n\nb\n',
    'From: "a b"@host.example.test\nTo: a.b@x.example, "a b"@host.example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: <@r1,@r2:user@host>\n\nb\n',
    'From: a@b.c\nTo: <user@host.example.test>\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: host!user, user%host, a%b%c@host\n\nb\n',
    'From: a@b.c\nTo: user@host.example.test, user@host.example.test,\n\ta%b%c@host.example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: user@[127.0.0.1], user@[1.2.3.4], user@1.2.3.4\n\nb\n',
    'From: a@b.c\nTo: user@[127.0.0.1], user@[1.2.3.4], user@1.2.3.4\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: x@host,y@host,z@host ,\n\tw@host\n\nb\n',
    'From: a@b.c\nTo: x@host.example.test, y@host.example.test, z@host.example.test,\n\tw@host.example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: Very Long Display Name Number One <one@host>, Very Long Display Name Number Two <two@host>, Very Long Display Name Number Three <three@host>\n\nb\n',
    'From: a@b.c\nTo: Very Long Display Name Number One <one@host.example.test>,\n\tVery Long Display Name Number Two <two@host.example.test>,\n\tVery Long Display Name Number Three <three@host.example.test>\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: <x@host>\n  (comment\n  folded) , y@host\n\nb\n',
    'From: a@b.c\nTo: <x@host.example.test>(comment   folded), y@host.example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: Foo Bar\n\nb\n',
    'From: a@b.c\nTo: Foo@example.test, Bar@example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: foo@\n\nb\n',
    'From: a@b.c\nTo: foo@\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: @host\n\nb\n',
    'From: a@b.c\nTo: ""@host.example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: <>\n\nb\n',
    'From: a@b.c\nTo: <>\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: <>\nTo: x\n\nb\n',
    'From: <>\nTo: x@example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: x@host y@host\n\nb\n',
    'From: a@b.c\nTo: x@host.example.test, y@host.example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: x . y @ host . com\n\nb\n',
    'From: a@b.c\nTo: x . y @ host . com\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: x@host.example;\n\nb\n',
    'From: a@b.c\nTo: x@host.example;\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: ,,x,,\n\nb\n',
    'From: a@b.c\nTo: , , x@example.test, , \nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo:\n\nb\n',
    'From: a@b.c\nTo:\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo:\n x@host\n\nb\n',
    'From: a@b.c\nTo: x@host.example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'Sender: s\nReply-To: r\nErrors-To: e\nReturn-Receipt-To: rr\nMail-Followup-To: mf\nMail-Reply-To: mr\nDisposition-Notification-To: dn\nApparently-To: ap\nResent-Reply-To: rrt\nResent-Sender: rs\nResent-Cc: rcc\nX-To: xt\nFrom: f\nDate: d\nMessage-Id: m\n\nb\n',
    'Sender: s@example.test\nReply-To: r@example.test\nErrors-To: e@example.test\nReturn-Receipt-To: rr@example.test\nMail-Followup-To: mf@example.test\nMail-Reply-To: mr\nDisposition-Notification-To: dn@example.test\nApparently-To: ap@example.test\nResent-Reply-To: rrt@example.test\nResent-Sender: rs@example.test\nResent-Cc: rcc@example.test\nX-To: xt\nFrom: f@example.test\nDate: d\nMessage-Id: m\nResent-Message-Id: <STAMP.QID@mail.example.test>\nResent-Date: DATE\nResent-From: sender@example.test\n\nb\n',
  ],
  [
    'Message-ID: <up@case>\nDATE: x\nFROM: Joe\ntO: y\n\nb\n',
    'Message-ID: <up@case>\nDATE: x\nFROM: Joe@example.test\ntO: y@example.test\n\nb\n',
  ],
  [
    'Message-Id:\n <folded@id>\nFrom: x@y.z\n\nb\n',
    'Message-Id:\n <folded@id>\nFrom: x@y.z\nDate: DATE\n\nb\n',
  ],
  ['Message-Id: \nFrom: x@y.z\n\nb\n', 'Message-Id: \nFrom: x@y.z\nDate: DATE\n\nb\n'],
  [
    'Message-Id: <a@b>\nMessage-Id: <c@d>\nFrom: x@y.z\nFrom: w\nTo: 1@x\nTo: 2@x\n\nb\n',
    'Message-Id: <a@b>\nMessage-Id: <c@d>\nFrom: x@y.z\nFrom: w@example.test\nTo: 1@x.example.test\nTo: 2@x.example.test\nDate: DATE\n\nb\n',
  ],
  [
    'From: =?utf-8?q?J=C3=B6rg?= <joerg@host>\n\nb\n',
    'From: =?utf-8?q?J=C3=B6rg?= <joerg@host.example.test>\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: J\u00c3\u00b6rg <joerg@host>\n\nb\n',
    'From: J\u00c3\u00b6rg <joerg@host.example.test>\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: joe@host (Joe User)\nReply-To: Joe <joe@host>, "a\\"b" <q@host>\n\nb\n',
    'From: joe@host.example.test (Joe User)\nReply-To: Joe <joe@host.example.test>, "a\\"b" <q@host.example.test>\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From user@x Mon Jan 1\nFrom: a@b.c\n\nb\n',
    'X-Mailbox-Line: From user@x Mon Jan 1\nFrom: a@b.c\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    '>From user@x Mon Jan 1\nFrom: a@b.c\n\nb\n',
    'X-Mailbox-Line: >From user@x Mon Jan 1\nFrom: a@b.c\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\n : empty\nTo: x\n\nb\n',
    'From: a@b.c\n : empty\nTo: x@example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    ': noname\nTo: x\n\nb\n',
    'Message-Id: <STAMP.QID@mail.example.test>\nDate: DATE\nFrom: sender@example.test\n\n: noname\nTo: x\n\nb\n',
  ],
  [
    'From: a@b.c\n\n\n\nb\n',
    'From: a@b.c\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\n\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: x@host\n',
    'From: a@b.c\nTo: x@host.example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n',
  ],
  ['From: a@b.c\n', 'From: a@b.c\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n'],
  [
    ' leading fold\nFrom: a@b.c\n\nb\n',
    'Message-Id: <STAMP.QID@mail.example.test>\nDate: DATE\nFrom: sender@example.test\n\n leading fold\nFrom: a@b.c\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: x@host\n \n y@host\n\nb\n',
    'From: a@b.c\nTo: x@host.example.test, y@host.example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: "x"@host, x.y.@host, .x@host, x..y@host\n\nb\n',
    'From: a@b.c\nTo: x@host.example.test, "x.y."@host.example.test,\n\t".x"@host.example.test, "x..y"@host.example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: foo:bar@host\nCc: a;b@host\n\nb\n',
    'From: a@b.c\nTo: "foo:bar"@host.example.test\nCc: a@example.test;, b@host.example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: <x>(c1)(c2), (c3) y (c4), Name (c5) <z> (c6)\n\nb\n',
    'From: a@b.c\nTo: <x@example.test>(c1) (c2), y@example.test (c3) (c4),\n\tName (c5) <z@example.test>(c6)\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: x@Host.EXAMPLE, X@HOST\n\nb\n',
    'From: a@b.c\nTo: x@Host.EXAMPLE, X@HOST.example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: "q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q " <x@host>\n\nb\n',
    'From: a@b.c\nTo: "q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q " <x@host.example.test>\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'Received: one\nReceived: two\nFrom: a@b.c\nTo: mail@example.test\n\nb\n',
    'Received: one\nReceived: two\nFrom: a@b.c\nTo: mail@example.test\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: first last <fl@host>, "first. last" <fl2@host>, first.last <fl3@host>\n\nb\n',
    'From: a@b.c\nTo: first last <fl@host.example.test>,\n\t"first. last" <fl2@host.example.test>,\n\tfirst.last <fl3@host.example.test>\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: =?x?q?a?= =?x?q?b?= <q@host>\n\nb\n',
    'From: a@b.c\nTo: =?x?q?a?= =?x?q?b?= <q@host.example.test>\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: [group] <g@host>, a[b]c <h@host>\n\nb\n',
    'From: a@b.c\nTo: [group] <g@host.example.test>, a [b] c <h@host.example.test>\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nb\n',
  ],
  [
    'From: a@b.c\nTo: x@host\r\nSubject: a\rb\n\nbo\rdy\n',
    'From: a@b.c\nTo: x@host.example.test\nSubject: a b\nMessage-Id: <STAMP.QID@mail.example.test>\nDate: DATE\n\nbo dy\n',
  ],
];

/** From a stranger: only what had to change. */
const fromStrangers: Rows = [
  ['no header line at all\nsecond\n', '\nno header line at all\nsecond\n'],
  [
    'From: a@b.example\nnot a header\nTo: x\n\nbody\n',
    'From: a@b.example\n\nnot a header\nTo: x\n\nbody\n',
  ],
  [
    'From: a@b.example\nTo : x@y.example\nSubject:nospace\n\nbody\n',
    'From: a@b.example\nTo: x@y.example\nSubject:nospace\n\nbody\n',
  ],
  [
    'From : joe\nTo:   x\nSubject : hello\n\nb\n',
    'X-Mailbox-Line: From : joe\nTo:   x\nSubject: hello\n\nb\n',
  ],
  [
    'Bcc: secret@x.example\nReturn-Path: <x@y>\nContent-Length: 12\nResent-Bcc: q@x\nFrom: a@b.c\n\nb\n',
    'From: a@b.c\n\nb\n',
  ],
  [
    'From user@x Mon Jan 1\nFrom: a@b.c\n\nb\n',
    'X-Mailbox-Line: From user@x Mon Jan 1\nFrom: a@b.c\n\nb\n',
  ],
  [
    '>From user@x Mon Jan 1\nFrom: a@b.c\n\nb\n',
    'X-Mailbox-Line: >From user@x Mon Jan 1\nFrom: a@b.c\n\nb\n',
  ],
  [': noname\nTo: x\n\nb\n', '\n: noname\nTo: x\n\nb\n'],
  [' leading fold\nFrom: a@b.c\n\nb\n', '\n leading fold\nFrom: a@b.c\n\nb\n'],
  [
    'From: a@b.c\nTo: x@host\r\nSubject: a\rb\n\nbo\rdy\n',
    'From: a@b.c\nTo: x@host\nSubject: a b\n\nbo dy\n',
  ],
];

/** The value of To: as sent, and as delivered. */
const addressLists: Rows = [
  ['group:x,y;', 'group: x@example.test, y@example.test;'],
  ['group:;', 'group:;'],
  ['g1: x; , g2: y;', 'g1: x@example.test;, g2: y@example.test;'],
  [
    '"My Group": x, Name <y>;, z',
    '"My Group": x@example.test, Name <y@example.test>;,\n\tz@example.test',
  ],
  ['"a.b"@x.example', 'a.b@x.example'],
  ['"ab"@x.example', 'ab@x.example'],
  ['user@x.example <user@host>', 'user@x.example <user@host.example.test>'],
  ['Name<x@host>', 'Name <x@host.example.test>'],
  ['"Q"<x@host>', '"Q" <x@host.example.test>'],
  ['<x@host>Name', '<x@host.example.test>, Name@example.test'],
  ['<x@host> Name', '<x@host.example.test>, Name@example.test'],
  ['<x@host>,<y@host>', '<x@host.example.test>, <y@host.example.test>'],
  ['(c)<x@host>', '(c) <x@host.example.test>'],
  ['(c) x@host', 'x@host.example.test (c)'],
  ['x@host (a) (b)', 'x@host.example.test (a) (b)'],
  ['x(c)@host', 'x@host.example.test (c)'],
  ['x@(c)host', 'x@host.example.test (c)'],
  ['Name (c) <x(d)@host>', 'Name (c) <x@host.example.test (d)>'],
  ['Jr., Foo <x@host>', '"Jr."@example.test, Foo <x@host.example.test>'],
  ['Foo, Jr. <x@host>', 'Foo@example.test, Jr. <x@host.example.test>'],
  ['x@host;y@host', 'x@host.example.test;, y@host.example.test'],
  ['x;', 'x@example.test;'],
  ['x,y;', 'x@example.test, y@example.test;'],
  ['x@host ; y', 'x@host.example.test;, y@example.test'],
  ['@r:x@host', 'x@host.example.test'],
  ['<@r:x@host> (c)', '<x@host.example.test>(c)'],
  ['Name <@r:x>', 'Name <x@example.test>'],
  ['"" <x@host>', '"" <x@host.example.test>'],
  ['Name <>, y', 'Name <>, y@example.test'],
  ['Name < x@host >', 'Name <x@host.example.test>'],
  ['x@host\n\ty@host', 'x@host.example.test, y@host.example.test'],
  ['x@[1.2.3.4], y@host', 'x@[1.2.3.4], y@host.example.test'],
  ['Name <"a b"@host>', 'Name <"a b"@host.example.test>'],
  ['a b@host', 'a@example.test, b@host.example.test'],
  ['a.b c@host', 'a.b@example.test, c@host.example.test'],
  ['a@b@host', '"a@b"@host.example.test'],
  ['x@ host', 'x@host.example.test'],
  ['x @host, y', 'x@host.example.test, y@example.test'],
  ['undisclosed-recipients: ;, y', 'undisclosed-recipients: ;, y@example.test'],
  ['=?u?q?a,b?= <x@host>', '=?u?q?a@example.test, b?= <x@host.example.test>'],
  ['a\\,b@host', '"a,b"@host.example.test'],
  ['(((a)))x@host', 'x@host.example.test (((a)))'],
  ['x@host [1]', 'x@host.example.test, "[1]"@example.test'],
  ['x@host.', 'x@host'],
  ['<x@host.>, Name <y@full.example.>', '<x@host>, Name <y@full.example>'],
  ['x%y', 'x@y.example.test'],
  ['x!y', 'y@x.example.test'],
  ['x%y@host', 'x%y@host.example.test'],
  ['a!b@host', 'a!b@host.example.test'],
  ['x@host%y', 'x@host%y.example.test'],
  ['x@HOST.Example.Com., y', 'x@HOST.Example.Com, y@example.test'],
  ['x <y@host> z', 'x <y@host.example.test>, z@example.test'],
  ['\u00c3\u00a9@host', '\u00c3\u00a9@host.example.test'],
  ['\u00c3\u00a9 \u00c3\u00a9 <x@host>', '\u00c3\u00a9 \u00c3\u00a9 <x@host.example.test>'],
  ['x@host\u00c3\u00a9', 'x@host\u00c3\u00a9.example.test'],
  [
    'u0@host0,u1@host1,u2@host2,u3@host3,u4@host4,u5@host5,u6@host6,u7@host7,u8@host8,u9@host9,u10@host10,u11@host11',
    'u0@host0.example.test, u1@host1.example.test,\n\tu2@host2.example.test, u3@host3.example.test, u4@host4.example.test,\n\tu5@host5.example.test, u6@host6.example.test, u7@host7.example.test,\n\tu8@host8.example.test, u9@host9.example.test,\n\tu10@host10.example.test, u11@host11.example.test',
  ],
  [
    'Name 0 <u0@full.example>, Name 1 <u1@full.example>, Name 2 <u2@full.example>, Name 3 <u3@full.example>, Name 4 <u4@full.example>, Name 5 <u5@full.example>, last',
    'Name 0 <u0@full.example>, Name 1 <u1@full.example>,\n\tName 2 <u2@full.example>, Name 3 <u3@full.example>,\n\tName 4 <u4@full.example>, Name 5 <u5@full.example>, last@example.test',
  ],
  [
    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@host, y',
    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@host.example.test,\n\ty@example.test',
  ],
  [
    'y, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@host, z',
    'y@example.test,\n\txxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@host.example.test,\n\tz@example.test',
  ],
  [
    '"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" <x@host>, y@host',
    '"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" <x@host.example.test>,\n\ty@host.example.test',
  ],
];

async function delivered(content: string, localRewrite: boolean, pieces?: number): Promise<string> {
  const { put, sink } = cleanupBench();
  const result = await put({
    content,
    options: { localRewrite },
    ...(pieces === undefined ? {} : { pieces }),
  });
  assert.equal(result.is, 'queued');
  const text = sink.committed[0]?.text ?? '';
  return text
    .slice(text.indexOf(mailDate(testNow)) + mailDate(testNow).length + 1)
    .replaceAll(mailDate(testNow), 'DATE')
    .replace('<20261124090504.QID1@', '<STAMP.QID@');
}

test("our clients' headers are completed as Postfix does it", async () => {
  for (const [sent, expected] of fromOurClients)
    assert.equal(await delivered(sent, true), expected, JSON.stringify(sent));
});

test('it does not matter how the content is cut into chunks', async () => {
  for (const [sent, expected] of fromOurClients) {
    for (const pieces of [1, 2, 7])
      assert.equal(await delivered(sent, true, pieces), expected, JSON.stringify(sent));
  }
});

test("strangers' headers stay as they are", async () => {
  for (const [sent, expected] of fromStrangers)
    assert.equal(await delivered(sent, false), expected, JSON.stringify(sent));
  for (const [sent] of fromOurClients) {
    if (fromStrangers.some(([other]) => other === sent)) continue;
    assert.equal(await delivered(sent, false), sent, JSON.stringify(sent));
  }
});

test('address lists are laid out as Postfix does it', async () => {
  for (const [sent, expected] of addressLists) {
    const content = `From: a@b.c\nTo: ${sent}\nMessage-Id: <a@b>\nDate: x\n\nb\n`;
    const text = await delivered(content, true);
    assert.equal(text, `From: a@b.c\nTo: ${expected}\nMessage-Id: <a@b>\nDate: x\n\nb\n`, sent);
  }
});

test('names with dots keep their blanks, and broken lists stay untouched', async () => {
  const rows: Rows = [
    ['J. R. Foo <x@host>', 'J. R. Foo <x@host.example.test>'],
    ['RE: foo <x@host>', 'RE: foo <x@host.example.test>'],
    ['"unbalanced <x@host>', '"unbalanced <x@host>'],
    ['x@host (unclosed', 'x@host (unclosed'],
    ['a <b@host', 'a <b@host'],
    ['x@host> y', 'x@host> y'],
    ['x\\@y', 'x\\@y'],
  ];
  for (const [sent, expected] of rows) {
    const text = await delivered(`From: a@b.c\nTo: ${sent}\n\nb\n`, true);
    assert.ok(text.includes(`\nTo: ${expected}\nMessage-Id: `), text);
  }
});
