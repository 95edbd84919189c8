/** notifications - who is told what: NOTIFY, RET, notify_classes, double bounces, templates, sizes. */
import { fromUser, plain, send, sendLines } from './messages.js';

const rcpt = (address, more) => `RCPT TO:<${address}> ${more}`;
const long = `From: oyaji@example.test\nSubject: long\n\n${'0123456789 and more\n'.repeat(60)}`;
const submit = (args, input = 'Subject: x\n\nx\n') => ({ sendmail: args, input });

const asked = {
  'SUCCESS to a host with DSN is passed on': sendLines(
    [rcpt('x@ok.example', 'NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;y+2Bz@w.example')],
    plain,
    `${fromUser} RET=FULL ENVID=abc`,
  ),
  'SUCCESS to a host without DSN': sendLines(
    [rcpt('x@nodsn.example', 'NOTIFY=SUCCESS ORCPT=rfc822;y@w.example')],
    plain,
    `${fromUser} RET=FULL ENVID=abc`,
  ),
  'SUCCESS through a virtual alias': sendLines(
    [rcpt('info@valias.test', 'NOTIFY=SUCCESS')],
    plain,
    fromUser,
  ),
  'SUCCESS through a virtual alias for one': sendLines(
    [rcpt('one@valias.test', 'NOTIFY=SUCCESS,FAILURE')],
    plain,
    fromUser,
  ),
  'NEVER through a virtual alias': sendLines(
    [rcpt('bad@valias.test', 'NOTIFY=NEVER')],
    plain,
    fromUser,
  ),
  'SUCCESS to the discard transport': sendLines(
    [rcpt('x@hole.example', 'NOTIFY=SUCCESS')],
    plain,
    fromUser,
  ),
  'DELAY only, and a refusal': sendLines(
    [rcpt('x@refuse.example', 'NOTIFY=DELAY')],
    plain,
    fromUser,
  ),
  'SUCCESS only, and a refusal': sendLines(
    [rcpt('x@refuse.example', 'NOTIFY=SUCCESS')],
    plain,
    fromUser,
  ),
  'FAILURE for one of two': sendLines(
    [
      rcpt('x@refuse.example', 'NOTIFY=FAILURE ORCPT=rfc822;one@w.example'),
      rcpt('y@refuse.example', 'NOTIFY=NEVER'),
    ],
    plain,
    `${fromUser} RET=FULL`,
  ),
  'SUCCESS for one, failure of the other': sendLines(
    [rcpt('hanako@example.test', 'NOTIFY=SUCCESS'), rcpt('x@refuse.example', 'NOTIFY=FAILURE')],
    plain,
    `${fromUser} RET=HDRS ENVID=q+3Dq`,
  ),
  'SUCCESS without a sender': sendLines(
    [rcpt('hanako@example.test', 'NOTIFY=SUCCESS')],
    plain,
    'MAIL FROM:<>',
  ),
  'sendmail -N never': submit(['-N', 'never', '-f', 'oyaji', 'ghost']),
  'sendmail -N delay': submit(['-N', 'delay', '-f', 'oyaji', 'ghost']),
  'sendmail -N success -R full': submit([
    '-N',
    'success',
    '-R',
    'full',
    '-V',
    'env',
    '-f',
    'oyaji',
    'x@nodsn.example',
  ]),
  'a message of BODY=7BIT': send(['x@refuse.example'], plain, `${fromUser} BODY=7BIT`),
  'a message of BODY=8BITMIME': send(['x@refuse.example'], plain, `${fromUser} BODY=8BITMIME`),
  'a reply of two lines': send(['x@lines.example'], plain, fromUser),
  'a reply without enhanced code': send(['x@nocode.example'], plain, fromUser),
  'a virtual alias for two that fail': send(['bad@valias.test'], plain, fromUser),
  'a message without an empty line': send(['x@refuse.example'], 'Subject: bare\n', fromUser),
  'an empty message': send(['x@refuse.example'], '', fromUser),
};

const doubles = {
  'a failure': send(['x@refuse.example'], plain, fromUser),
  'a failure, headers only': sendLines(
    ['RCPT TO:<x@refuse.example>'],
    plain,
    `${fromUser} RET=HDRS`,
  ),
  'a failure of mail without sender': send(['x@refuse.example'], plain, 'MAIL FROM:<>'),
  'a notification that cannot be delivered': send(
    ['x@refuse.example'],
    plain,
    'MAIL FROM:<y@refuse.example>',
  ),
  'NOTIFY=NEVER': sendLines(['RCPT TO:<x@refuse.example> NOTIFY=NEVER'], plain, fromUser),
  'two failures': send(['x@refuse.example', 'y@refuse.example'], plain, fromUser),
};

const deadEnd = {
  'a double bounce that cannot be delivered': send(['x@refuse.example'], plain, 'MAIL FROM:<>'),
};

const template = `failure_template = <<EOF
Charset: iso-8859-1
From: The Postman <MAILER-DAEMON>
Subject: No way: \${myhostname}
Postmaster-Subject: Copy for you

This is $mail_name on $myhostname ($mydomain).
\${delay_warning_time_hours} \${maximal_queue_lifetime_days} \$\$x \$(mydomain)y
EOF

delay_template = <<END
Subject: Late
Postmaster-Subject: Late, copy

Late by \${delay_warning_time_minutes} minutes, at most \${maximal_queue_lifetime_hours} hours.
END

success_template = <<EOF
Subject: Done

Done.
EOF
`;

export const notifications = [
  { name: 'notify', main: {}, cases: asked },
  {
    name: 'notify classes',
    main: { notify_classes: 'bounce, 2bounce, delay, resource, software' },
    cases: doubles,
  },
  {
    name: 'notice recipients',
    main: {
      notify_classes: 'bounce, 2bounce',
      bounce_notice_recipient: 'hanako',
      '2bounce_notice_recipient': 'taro@example.test',
      double_bounce_sender: 'twice',
      mail_name: 'Mailer',
    },
    cases: doubles,
  },
  {
    name: 'dead end',
    main: { notify_classes: '2bounce', '2bounce_notice_recipient': 'x@refuse.example' },
    cases: deadEnd,
  },
  {
    name: 'bounce size',
    main: { bounce_size_limit: '700' },
    cases: {
      'below the limit': send(['x@refuse.example'], plain, fromUser),
      'beyond the limit': send(['x@refuse.example'], long, fromUser),
    },
  },
  {
    name: 'notify without SMTPUTF8',
    main: { smtputf8_enable: 'no', notify_classes: 'bounce' },
    cases: {
      'no BODY': send(['x@refuse.example'], plain, fromUser),
      'BODY=7BIT': asked['a message of BODY=7BIT'],
      'BODY=8BITMIME': asked['a message of BODY=8BITMIME'],
      'an 8-bit message': send(
        ['x@refuse.example'],
        'MIME-Version: 1.0\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n\xe4\n',
        fromUser,
      ),
      success: sendLines(
        ['RCPT TO:<hanako@example.test> NOTIFY=SUCCESS'],
        plain,
        `${fromUser} BODY=8BITMIME`,
      ),
      'to a host that wants 7 bits': send(
        ['x@refuse.example'],
        plain,
        'MAIL FROM:<x@no8.example> BODY=8BITMIME',
      ),
    },
  },
  {
    name: 'bounce template',
    main: {
      bounce_template_file: '@etc@/bounce.cf',
      notify_classes: 'bounce',
      delay_warning_time: '1h',
    },
    files: { 'bounce.cf': template },
    cases: {
      'a failure': send(['x@refuse.example'], plain, fromUser),
      'a success': asked['SUCCESS to a host without DSN'],
    },
  },
];
