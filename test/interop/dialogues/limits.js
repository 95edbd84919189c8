/** limits - sizes, counts, errors, and what happens beyond them. */
import { content, quiet, raw } from '../../support/dialogue.js';
import { hello, mail, opening, outsider, rcpt, variant } from './settings.js';

const message = 'Subject: test\n\nhello\n';
const lines = (number, text) => Array.from({ length: number }, () => text);

export default [
  {
    name: 'small limits',
    configuration: variant({
      message_size_limit: '2000',
      smtpd_recipient_limit: '3',
      smtpd_recipient_overshoot_limit: '2',
      smtpd_hard_error_limit: '6',
      smtpd_soft_error_limit: '3',
      smtpd_junk_command_limit: '5',
      line_length_limit: '512',
      header_size_limit: '500',
    }),
    dialogues: {
      'EHLO shows the size limit': [hello, 'QUIT'],
      'SIZE above the limit': [
        hello,
        'MAIL FROM:<a@sender.example> SIZE=2001',
        'MAIL FROM:<a@sender.example> SIZE=2000',
        'QUIT',
      ],
      'a message above the limit': [
        ...opening,
        rcpt,
        'DATA',
        content(`Subject: x\n\n${'0123456789\n'.repeat(300)}`),
        mail,
        rcpt,
        'QUIT',
      ],
      'BDAT above the limit': [
        ...opening,
        rcpt,
        raw(`BDAT 3000 LAST\r\n${'x'.repeat(3000)}`),
        'NOOP',
        'QUIT',
      ],
      'BDAT chunks above the limit together': [
        ...opening,
        rcpt,
        raw(`BDAT 1500\r\n${'x'.repeat(1500)}`),
        raw(`BDAT 1500\r\n${'x'.repeat(1500)}`),
        raw('BDAT 3 LAST\r\nxxx'),
        'NOOP',
        'QUIT',
      ],
      'more recipients than allowed': [
        ...opening,
        rcpt,
        rcpt,
        rcpt,
        rcpt,
        rcpt,
        rcpt,
        'DATA',
        content(message),
        'QUIT',
      ],
      'far more recipients than allowed': [...opening, ...lines(12, rcpt), 'QUIT'],
      'unknown commands up to the hard limit': [hello, ...lines(10, 'BOGUS'), 'QUIT'],
      'refused recipients up to the hard limit': [
        ...opening,
        ...lines(10, 'RCPT TO:<ghost@example.test>'),
        'QUIT',
      ],
      'refused relaying up to the hard limit': [
        outsider,
        ...opening,
        ...lines(10, 'RCPT TO:<x@far.example>'),
        'QUIT',
      ],
      'pipelined errors up to the hard limit': [hello, lines(9, 'BOGUS'), 'QUIT'],
      'junk commands: NOOP': [hello, ...lines(14, 'NOOP'), 'QUIT'],
      'junk commands: RSET': [hello, ...lines(14, 'RSET'), 'QUIT'],
      'junk commands: VRFY': [hello, ...lines(14, 'VRFY oyaji'), 'QUIT'],
      'a message takes the junk count back': [
        hello,
        ...lines(4, 'NOOP'),
        mail,
        rcpt,
        'DATA',
        content(message),
        ...lines(4, 'NOOP'),
        'QUIT',
      ],
      'errors and a good message between': [
        hello,
        ...lines(4, 'BOGUS'),
        mail,
        rcpt,
        'DATA',
        content(message),
        ...lines(4, 'BOGUS'),
        'QUIT',
      ],
    },
  },
  {
    name: 'slow errors',
    configuration: variant({
      smtpd_error_sleep_time: '1s',
      smtpd_soft_error_limit: '2',
      smtpd_hard_error_limit: '4',
    }),
    dialogues: {
      'the tarpit still answers': [hello, ...lines(6, 'BOGUS'), 'QUIT'],
    },
  },
  {
    name: 'timeouts',
    configuration: variant({ smtpd_timeout: '2s' }),
    dialogues: {
      'silence after the greeting': [quiet(5000)],
      'silence after EHLO': [hello, quiet(5000)],
      'silence inside a command': [hello, raw('MAIL FRO', 0), quiet(5000)],
      'silence inside DATA': [...opening, rcpt, 'DATA', raw('Subject: x\r\n', 0), quiet(5000)],
      'silence inside BDAT': [...opening, rcpt, raw('BDAT 50\r\nhalf', 0), quiet(5000)],
    },
  },
  {
    name: 'rates',
    configuration: variant({
      smtpd_client_connection_rate_limit: '3',
      smtpd_client_event_limit_exceptions: '127.0.0.2',
      anvil_rate_time_unit: '60s',
      anvil_status_update_time: '600s',
    }),
    dialogues: {
      // The harness itself connects once to see whether the port is open.
      'connection 2 in the period': [hello, 'QUIT'],
      'connection 3 in the period': [hello, 'QUIT'],
      'connection 4 is too many': [hello, 'QUIT'],
      'connection 5 is too many': ['QUIT'],
      'an exempted client': [outsider, hello, 'QUIT'],
    },
  },
  {
    name: 'message rates',
    configuration: variant({
      smtpd_client_message_rate_limit: '2',
      smtpd_client_recipient_rate_limit: '4',
      smtpd_client_event_limit_exceptions: '',
      anvil_status_update_time: '600s',
    }),
    dialogues: {
      'the third MAIL is too many': [hello, mail, 'RSET', mail, 'RSET', mail, 'QUIT'],
      'recipients are too many': [
        outsider,
        hello,
        mail,
        rcpt,
        rcpt,
        rcpt,
        rcpt,
        rcpt,
        rcpt,
        'QUIT',
      ],
    },
  },
];
