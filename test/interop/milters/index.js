/**
 * milters - what both servers tell a mail filter, and do as it says.
 *
 * One configuration: the client's address chooses the filters (smtpd_milter_maps), so that each server starts once.
 * A filter takes its orders from the session itself: see test/support/milter.js.
 */
import { content, from, hangUp } from '../../support/dialogue.js';

const hello = 'EHLO client.example';
const mail = 'MAIL FROM:<a@sender.example> SIZE=100 BODY=8BITMIME';
const rcpt = 'RCPT TO:<oyaji@example.test>';
const header = 'From: a@sender.example\nMessage-Id: <id@sender.example>\nDate: today\n';
const text = `${header}Subject:  two blanks\n folded\nX-A:none\nX-A: second\n\nhello\nworld\n`;

/** A message that orders these answers at its end. */
const ordering = (...answers) =>
  content(
    `${header}X-A: one\nX-A: two\nX-Order: ${JSON.stringify(answers)}\nSubject: s\n\nhello\n`,
  );
const transaction = (message, to = rcpt) => [mail, to, 'DATA', message];

/** Answers to the connection, by the client's address. */
const greetings = {
  '127.0.1.1': ['reject'],
  '127.0.1.2': ['tempfail'],
  '127.0.1.3': [['reply', '550-5.7.1 first\r\n550 5.7.1 100%% second']],
  '127.0.1.4': [['reply', '421 4.7.0 go away']],
  '127.0.1.5': ['shutdown'],
  '127.0.1.6': ['accept'],
};

/** Filters: what they want, and what they answer; `clients` are told of to them, all others to the first. */
export const filters = [
  {
    options: {
      on: { connect: (data) => greetings[/127\.0\.\d\.\d/.exec(data.slice(5))?.[0] ?? ''] },
    },
  },
  { clients: ['127.0.2.1'], options: { protocol: 0x7f } },
  { clients: ['127.0.2.2'], options: { protocol: 0xff080 } },
  { clients: ['127.0.2.3'], options: { protocol: 0x100000 } },
  { clients: ['127.0.2.4'], options: { protocol: 0x400, on: { body: ['skip'] } } },
  { clients: ['127.0.2.5'], options: { protocol: 0x800 } },
  {
    clients: ['127.0.2.6'],
    options: {
      symbols: {
        helo: 'j {client_addr} {client_name} {client_ptr} {client_resolve}',
        mail: '{mail_addr} {daemon_addr} {foo}',
        rcpt: '{rcpt_addr} {rcpt_mailer} {rcpt_host}',
        data: '{nrcpts} i',
        'end-of-body': 'i',
      },
    },
  },
  { clients: ['127.0.2.7'], settings: 'protocol=2', options: {} },
  { clients: ['127.0.2.8'], options: { on: { data: ['reject'] } } },
  { clients: ['127.0.2.9'], options: { on: { mail: ['close'] } } },
];

/** Clients whose filter is not there, by milter_default_action. */
const lost = {
  '127.0.3.1': 'accept',
  '127.0.3.2': 'reject',
  '127.0.3.3': 'tempfail',
  '127.0.3.4': 'quarantine',
};

/** @param ports of the filters */
export function configuration(ports, base) {
  const rows = filters.flatMap(({ clients = [], settings }, index) =>
    clients.map((client) =>
      settings
        ? `${client} { inet:127.0.0.1:${ports[index]}, ${settings} }`
        : `${client} inet:127.0.0.1:${ports[index]}`,
    ),
  );
  for (const [client, action] of Object.entries(lost))
    rows.push(`${client} { inet:127.0.0.1:1, default_action=${action} }`);
  rows.push('127.0.4.1 DISABLE');
  return {
    main: {
      ...base.main,
      local_recipient_maps: '',
      smtpd_milters: `inet:127.0.0.1:${ports[0]}`,
      smtpd_milter_maps: 'texthash:@etc@/filters',
      milter_default_action: 'tempfail',
      milter_macro_v: 'Postfix',
      milter_macro_defaults: 'foo=bar',
      milter_header_checks: 'regexp:@etc@/checks',
      smtpd_client_connection_count_limit: '0',
    },
    files: {
      ...base.files,
      filters: `${rows.join('\n')}\n`,
      checks:
        '/^X-Ign/ IGNORE\n/^X-Rep/ REPLACE X-New: replaced\n/^X-Hold/ HOLD for me\n' +
        '/^X-Warn/ WARN careful\n/^X-Info/ INFO note\n/^X-Rej/ REJECT no way\n' +
        '/^X-Disc/ DISCARD away\n/^X-Strip/ STRIP off\n/^X-Bad/ FOO\n',
    },
  };
}

const as = (address, ...steps) => [from(address), hello, ...steps];
const whole = [...transaction(content(text)), 'QUIT'];

export const dialogues = {
  'a message in peace': [
    hello,
    mail,
    rcpt,
    'RCPT TO:<hanako@example.test>',
    'DATA',
    content(text),
    'XYZZY foo',
    'VRFY oyaji',
    'RSET',
    'QUIT',
  ],
  'the connection is refused': [
    from('127.0.1.1'),
    hello,
    mail,
    rcpt,
    'VRFY foo',
    'NOOP',
    'ETRN example.test',
    'RSET',
    'DATA',
    'XYZZY',
    'QUIT',
  ],
  'the connection is refused for now': as('127.0.1.2', mail, rcpt, 'QUIT'),
  'the connection is refused with two lines': as('127.0.1.3', mail, 'QUIT'),
  'the connection is refused with 421': as('127.0.1.4', mail),
  'the connection is shut down': as('127.0.1.5', mail),
  'the client is accepted': as('127.0.1.6', ...whole),
  'EHLO is refused': ['EHLO reject.example', mail, rcpt, hello, mail, rcpt, 'QUIT'],
  'HELO is refused': ['HELO reject.example', mail, 'QUIT'],
  'EHLO is accepted': ['EHLO accept.example', mail, rcpt, 'RSET', hello, mail, 'QUIT'],
  'EHLO is shut down': ['EHLO shutdown.example', mail],
  'senders are refused, and one is accepted': [
    hello,
    'MAIL FROM:<reject@x.example>',
    rcpt,
    'MAIL FROM:<tempfail@x.example>',
    'MAIL FROM:<reply.450.4.7.1.later@x.example>',
    'MAIL FROM:<accept@x.example>',
    'RCPT TO:<reject@example.test>',
    'DATA',
    content(text),
    'QUIT',
  ],
  'recipients are refused, one is taken': [
    hello,
    mail,
    'RCPT TO:<reject@example.test>',
    'RCPT TO:<tempfail@example.test>',
    'RCPT TO:<reply.550.5.1.1.gone@example.test>',
    'RCPT TO:<oyaji>',
    'DATA',
    content(text),
    'QUIT',
  ],
  'a recipient discards the message': [
    hello,
    mail,
    rcpt,
    'RCPT TO:<discard@example.test>',
    'DATA',
    content(text),
    'QUIT',
  ],
  'a recipient ends the session': [hello, mail, 'RCPT TO:<shutdown@example.test>'],
  'the null sender, and addresses without brackets': [
    hello,
    'MAIL FROM:<> SIZE=5',
    'RCPT TO:oyaji@example.test NOTIFY=NEVER',
    'RSET',
    'MAIL FROM:a@b.example',
    'RCPT TO:<"a b"@example.test>',
    'QUIT',
  ],
  'DATA is refused': as('127.0.2.8', mail, rcpt, 'DATA', mail, 'RSET', mail, 'QUIT'),
  'decisions at the end of a message': [
    hello,
    ...[
      'reject',
      'tempfail',
      'discard',
      'accept',
      ['reply', '554-5.7.1 a\r\n554 5.7.1 b%%'],
    ].flatMap((answer) => transaction(ordering(answer))),
    ...transaction(ordering(['reply', '421 4.7.0 bye'])),
  ],
  'decisions within a message': [
    hello,
    ...['reject', 'tempfail', 'discard', 'accept'].flatMap((word) =>
      transaction(content(`${header}X-Now: ["${word}"]\nX-After: y\n\nbody\n`)),
    ),
    ...transaction(content(`${header}X-Eoh: ["reject"]\n\nb\n`)),
    ...transaction(content(`${header}X-Body: ["reject"]\n\nb\n`)),
    'QUIT',
  ],
  'header fields are changed': [
    hello,
    ...transaction(
      ordering(
        'quarantine',
        ['insert-header', 0, 'X-Top', '0'],
        ['insert-header', 1, 'X-One', '1'],
        ['insert-header', 3, 'X-Three', '3'],
        ['insert-header', 99, 'X-Far', '99'],
        ['add-header', 'X-Add', 'added'],
        ['change-header', 1, 'X-A', 'new one'],
        ['change-header', 2, 'x-a', ''],
        ['change-header', 1, 'X-None', 'made'],
        ['change-header', 5, 'Subject', 'fifth'],
        ['change-header', 1, 'Received', 'changed'],
        ['add-header', 'X-Fold', 'a\nb\n c'],
        ['add-header', 'X-Empty', ''],
      ),
    ),
    'QUIT',
  ],
  'sender and recipients are changed': [
    hello,
    ...transaction(
      ordering(
        'quarantine',
        ['change-sender', '<new@other.example>', 'RET=HDRS'],
        ['add-recipient', '<info@valias.test>'],
        ['add-recipient', 'plain'],
        ['add-recipient', '<dsn@x.example>', 'NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;foo@x'],
        ['delete-recipient', '<oyaji@example.test>'],
      ),
    ),
    ...transaction(ordering('quarantine', ['delete-recipient', '<hanako>']), 'RCPT TO:<hanako>'),
    'QUIT',
  ],
  'the body is replaced': [
    hello,
    ...transaction(
      ordering(
        'quarantine',
        ['replace-body', 'line one\r\nline'],
        ['replace-body', ' two\r'],
        ['replace-body', '\nlast'],
      ),
    ),
    'QUIT',
  ],
  'added fields are checked': [
    hello,
    ...[
      ['X-Ign', 'X-Rep', 'X-Hold', 'X-Warn', 'X-Info', 'X-Strip'],
      ['X-Rej'],
      ['X-Disc'],
      ['X-Bad', 'X-Hold'],
    ].flatMap((names) => transaction(ordering(...names.map((name) => ['add-header', name, 'v'])))),
    'QUIT',
  ],
  'a message without a header, and one without a body': [
    hello,
    ...transaction(content('no header here\n\nbody')),
    ...transaction(content('Subject: x\n')),
    'QUIT',
  ],
  'a large body comes in pieces': [
    hello,
    ...transaction(content(`${header}\n${'a line of text\n'.repeat(10_000)}`)),
    'QUIT',
  ],
  'a filter that wants no events': as('127.0.2.1', ...whole),
  'a filter that answers no events': as('127.0.2.2', ...whole),
  'a filter that wants leading blanks': as(
    '127.0.2.3',
    ...transaction(
      ordering('quarantine', ['add-header', 'X-C', ' blank'], ['add-header', 'X-D', 'none']),
    ),
    'QUIT',
  ),
  'a filter that skips the body': as(
    '127.0.2.4',
    ...transaction(content(`${header}\n${'a line of text\n'.repeat(10_000)}`)),
    'QUIT',
  ),
  'a filter that hears of refused recipients': as(
    '127.0.2.5',
    mail,
    'RCPT TO:<x@elsewhere.example>',
    'QUIT',
  ),
  'a filter that names its macros': as('127.0.2.6', ...whole),
  'a filter of version 2': as('127.0.2.7', ...transaction(content(text)), 'XYZZY', 'QUIT'),
  'a filter that goes away': as('127.0.2.9', mail, rcpt, 'RSET', mail, 'QUIT'),
  'no filter, accepted': as('127.0.3.1', ...whole),
  'no filter, refused': as('127.0.3.2', mail, rcpt, 'QUIT'),
  'no filter, refused for now': as('127.0.3.3', mail, rcpt, 'QUIT'),
  'no filter, on hold': as('127.0.3.4', ...whole),
  'a client without filters': as('127.0.4.1', ...whole),
  'a client that leaves in the middle': [hello, mail, rcpt, hangUp()],
};
