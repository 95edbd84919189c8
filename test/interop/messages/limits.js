/** limits - sizes, hops, copies, completion of addresses. */
import { from } from '../../support/dialogue.js';
import { fromUser, mail, plain, send } from './messages.js';

const hops = (n) =>
  `${'Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000\n'.repeat(n)}Subject: x\n\nx\n`;
const addresses =
  'From: oyaji@host\nTo: hanako, x@host, "T" <taro@far.example>, y@, @z, a%b, c!d\nCc: kenji@localhost\nReply-To: joe@example.test.\nSubject: x\n\nx\n';

const some = {
  'from our own network': send(['oyaji@example.test'], addresses, fromUser),
  'from outside': send(['oyaji@example.test'], addresses, mail, [from('127.0.0.2')]),
  'envelope addresses': send(['oyaji', 'hanako@localhost'], plain, 'MAIL FROM:<kenji>'),
  'envelope addresses of one word': send(['oyaji@mail'], plain, 'MAIL FROM:<kenji@host>'),
  sendmail: { sendmail: ['-f', 'kenji@host', 'oyaji', 'hanako@localhost'], input: addresses },
};

export const limits = [
  {
    name: 'hops',
    main: { hopcount_limit: '4' },
    cases: {
      'as many as may be': send(['oyaji@example.test'], hops(3), fromUser),
      'one more': send(['oyaji@example.test'], hops(4), fromUser),
      'one more, by sendmail': { sendmail: ['-f', 'hanako', 'oyaji'], input: hops(4) },
    },
  },
  {
    name: 'sizes',
    main: {
      message_size_limit: '4000',
      mailbox_size_limit: '4000',
      home_mailbox: 'Mailbox',
      bounce_size_limit: '500',
    },
    cases: {
      'a message that is too big': send(
        ['oyaji@example.test'],
        `Subject: x\n\n${'0123456789\n'.repeat(400)}`,
        fromUser,
      ),
      'by sendmail': {
        sendmail: ['-f', 'hanako', 'oyaji'],
        input: `Subject: x\n\n${'0123456789\n'.repeat(400)}`,
        none: true,
      },
      'a mailbox that is full': {
        ...send(
          ['oyaji@example.test'],
          `Subject: x\n\n${'0123456789\n'.repeat(200)}`,
          'MAIL FROM:<hanako@example.test>',
        ),
        twice: true,
      },
    },
  },
  {
    name: 'copies',
    main: {
      always_bcc: 'x@ok.example',
      sender_bcc_maps: 'inline:{oyaji@example.test=kenji@example.test}',
      recipient_bcc_maps: 'inline:{hanako@example.test=taro@example.test}',
    },
    cases: {
      'a message': send(['oyaji@example.test'], plain),
      'from one with a copy': send(['yuki@example.test'], plain, fromUser),
      'to one with a copy': send(['hanako@example.test', 'oyaji@example.test'], plain),
      'without sender': send(['oyaji@example.test'], plain, 'MAIL FROM:<>'),
      'a bounce': send(['x@refuse.example'], plain, fromUser),
      'by sendmail': { sendmail: ['-f', 'oyaji', 'hanako'], input: 'Subject: x\n\nx\n' },
    },
  },
  { name: 'completion', main: { append_dot_mydomain: 'yes' }, cases: some },
  { name: 'no completion', main: { append_at_myorigin: 'no' }, cases: some },
  {
    name: 'myorigin',
    main: {
      myorigin: '$myhostname',
      compatibility_level: '0',
      smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
    },
    cases: some,
  },
  {
    name: 'headers',
    main: {
      message_drop_headers: 'subject, x-secret',
      enable_original_recipient: 'no',
      always_add_missing_headers: 'yes',
      undisclosed_recipients_header: 'To: undisclosed-recipients:;',
      local_header_rewrite_clients: '',
      header_size_limit: '200',
    },
    cases: {
      'fields that go': send(
        ['oyaji@example.test'],
        'Subject: s\nX-Secret: s\n more\nBcc: b@example.test\nReturn-Path: <r>\nContent-Length: 3\n\nx\n',
      ),
      'no header at all': send(['oyaji@example.test', 'hanako@example.test'], '\nx\n'),
      'Bcc only': send(['oyaji@example.test'], 'Bcc: x@example.test\n\nx\n'),
      'a long field': send(
        ['oyaji@example.test'],
        `X-Long: ${'y'.repeat(90)}\n ${'z'.repeat(90)}\n ${'w'.repeat(90)}\n ${'v'.repeat(90)}\nTo: oyaji\n\nx\n`,
      ),
      'a long field of one line': send(
        ['oyaji@example.test'],
        `X-Long: ${'y'.repeat(2500)}\n ${'z'.repeat(90)}\nTo: oyaji\n\nx\n`,
      ),
      resent: send(
        ['oyaji@example.test'],
        'Resent-To: x@example.test\nMessage-Id: <a@b>\nTo: z@example.test\nSubject: x\n\nx\n',
      ),
    },
  },
];
