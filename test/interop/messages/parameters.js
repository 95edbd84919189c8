/** parameters - single settings that none of the other groups has. */
import { content } from '../../support/dialogue.js';
import { fromUser, hello, plain, send } from './messages.js';

const named = (name) => ({
  sendmail: ['-F', name, '-f', 'hanako@example.test', 'oyaji@example.test'],
  input: 'Subject: x\n\nx\n',
});

const names = Object.fromEntries(
  ['Plain Name', 'Dr. X', 'Foo (Bar) x', 'a@b.c', "O'Neil", 'say "hi"'].map((name) => [
    `the full name ${name}`,
    named(name),
  ]),
);

export const parameterGroups = [
  {
    name: 'From in today’s form',
    main: {},
    cases: names,
  },
  {
    name: 'From in the old form',
    main: {
      header_from_format: 'obsolete',
      transport_maps: 'inline:{{bad@example.test=error:5.0.0 no}}',
    },
    cases: {
      ...names,
      'without a full name': {
        sendmail: ['-F', '', '-f', 'hanako@example.test', 'oyaji@example.test'],
        input: 'Subject: x\n\nx\n',
      },
      'a notification': send(['bad@example.test'], plain, fromUser),
    },
  },
  {
    name: 'many digits, and plain addresses',
    main: { info_log_address_format: 'internal', local_recipient_maps: '', luser_relay: 'taro' },
    cases: {
      'a delivery': {
        smtp: [
          hello,
          'MAIL FROM:<"a b"@sender.example>',
          'RCPT TO:<"x y"@example.test>',
          'DATA',
          content('Subject: x\n\nx\n'),
          'QUIT',
        ],
      },
    },
  },
];
