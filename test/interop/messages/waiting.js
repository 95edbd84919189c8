/** waiting - what happens to mail that cannot go now: 4xx replies, delay warnings, expiry, soft_bounce. */
import { fromUser, plain, send, sendLines } from './messages.js';

const wait = 1200;
const later = (name, sender = fromUser) => ({ ...send([name], plain, sender), queue: true });

export const waiting = [
  {
    name: 'refused for now',
    main: {},
    cases: {
      'at MAIL': later('x@mail4.example'),
      'at DATA': later('x@data4.example'),
      'after the content': later('x@dot4.example'),
      '421 at RCPT': later('x@rcpt421.example'),
      '421 after the content': later('x@dot421.example'),
      'a code that contradicts itself': later('x@mixed.example'),
      'again, by postqueue -f': { ...later('x@later.example'), again: [100] },
      'one of two': {
        ...send(['hanako@example.test', 'x@later.example'], plain, fromUser),
        queue: true,
        again: [100],
      },
      'two hosts': {
        ...send(['x@later.example', 'y@busy.example', 'z@ok.example'], plain, fromUser),
      },
    },
  },
  {
    name: 'delay warning',
    main: { delay_warning_time: '1s', notify_classes: 'delay' },
    cases: {
      'the sender is warned once': { ...later('x@later.example'), again: [wait, wait] },
      'NOTIFY=FAILURE': {
        ...sendLines(['RCPT TO:<x@later.example> NOTIFY=FAILURE'], plain, fromUser),
        again: [wait],
      },
      'NOTIFY=DELAY and ORCPT': {
        ...sendLines(
          ['RCPT TO:<x@later.example> NOTIFY=DELAY ORCPT=rfc822;o@w.example'],
          plain,
          `${fromUser} ENVID=e RET=FULL`,
        ),
        again: [wait],
      },
      'NOTIFY=NEVER': {
        ...sendLines(['RCPT TO:<x@later.example> NOTIFY=NEVER'], plain, fromUser),
        again: [wait],
      },
      'mail without sender': { ...later('x@later.example', 'MAIL FROM:<>'), again: [wait] },
      'one is delivered, one is late': {
        ...send(['hanako@example.test', 'x@later.example'], plain, fromUser),
        again: [wait],
      },
    },
  },
  {
    name: 'expiry',
    main: { maximal_queue_lifetime: '1s', bounce_queue_lifetime: '1s' },
    cases: {
      'it goes back': { ...later('x@later.example'), again: [wait] },
      'two that wait, one that is refused': {
        ...send(['x@later.example', 'y@busy.example', 'z@refuse.example'], plain, fromUser),
        again: [wait],
      },
      'mail without sender': { ...later('x@later.example', 'MAIL FROM:<>'), again: [wait] },
    },
  },
  {
    name: 'soft bounce',
    main: { soft_bounce: 'yes', local_recipient_maps: '' },
    cases: {
      'a refusal': later('x@refuse.example'),
      'an unknown user': later('ghost@example.test'),
      'a loop': {
        ...send(
          ['oyaji@example.test'],
          'Delivered-To: oyaji@example.test\nSubject: loop\n\nx\n',
          fromUser,
        ),
        queue: true,
      },
      'the error transport': {
        sendmail: ['-f', 'oyaji', 'x@err.example'],
        input: 'Subject: x\n\nx\n',
        queue: true,
      },
      'a refused relay': {
        ...send(['x@far.example'], plain, fromUser, []),
      },
    },
  },
];
