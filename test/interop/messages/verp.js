/** verp - a sender of its own for each recipient: deliveries, notifications, sendmail -XV. */
import { plain, send } from './messages.js';

const verpFrom = 'MAIL FROM:<oyaji@example.test>';
const input = 'Subject: x\n\nx\n';
const submit = (...args) => ({ sendmail: args, input });

const cases = {
  'two at one host': send(['x@ok.example', 'y@ok.example'], plain, `${verpFrom} XVERP`),
  'local users': send(['hanako@example.test', 'taro@example.test'], plain, `${verpFrom} XVERP=-=`),
  'through a virtual alias': send(['info@valias.test'], plain, `${verpFrom} XVERP`),
  'through an alias': send(['list@example.test'], plain, `${verpFrom} XVERP`),
  'addresses that need quotes': send(
    ['"x y"@ok.example', 'hanako'],
    plain,
    'MAIL FROM:<"a b"@example.test> XVERP',
  ),
  'two that are refused': send(
    ['x@refuse.example', 'y@refuse.example'],
    plain,
    `${verpFrom} XVERP RET=HDRS ENVID=e`,
  ),
  'some are refused, some wait, some are delivered': {
    ...send(
      ['x@refuse.example', 'ghost@valias.test', 'y@later.example', 'z@ok.example'],
      plain,
      `${verpFrom} XVERP`,
    ),
    queue: true,
  },
  'success is reported to the plain sender': {
    smtp: [
      'EHLO client.example',
      `${verpFrom} XVERP`,
      'RCPT TO:<x@nodsn.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;o@w.example',
      'RCPT TO:<x@refuse.example> NOTIFY=NEVER',
      'DATA',
      { is: 'content', text: plain },
      'QUIT',
    ],
  },
  'sendmail -XV': submit('-XV', '-f', 'oyaji', 'hanako', 'x@ok.example'),
  'sendmail -XV-=': submit('-XV-=', '-f', 'oyaji', 'ghost', 'x@ok.example'),
  'sendmail -XVab': { ...submit('-XVab', '-f', 'oyaji', 'hanako'), none: true },
  'sendmail -XV of nobody': { ...submit('-XV', '-f', '', 'hanako'), none: true },
  'sendmail -V+=': submit('-V+=', '-f', 'oyaji', 'hanako'),
  'sendmail -Vab': submit('-Vab', '-f', 'oyaji', 'hanako'),
};

const failures = {
  'two that are refused': cases['two that are refused'],
  'sendmail -XV-=': cases['sendmail -XV-='],
};

const main = {
  smtpd_authorized_verp_clients: '127.0.0.1',
  recipient_delimiter: '+-',
  // One after the other: what a next hop hears comes in one order.
  smtp_destination_concurrency_limit: '1',
  smtp_connection_cache_on_demand: 'no',
};

export const verpGroups = [
  { name: 'VERP', main, cases },
  { name: 'VERP with copies', main: { ...main, notify_classes: 'bounce' }, cases: failures },
  {
    name: 'VERP without its bounces',
    main: { ...main, disable_verp_bounces: 'yes', default_verp_delimiters: '-=' },
    cases: failures,
  },
  {
    name: 'VERP, and mail that waits',
    main: { ...main, delay_warning_time: '1s' },
    cases: {
      'two are late': {
        ...send(['x@later.example', 'y@later.example'], plain, `${verpFrom} XVERP`),
        again: [1200],
      },
    },
  },
  {
    name: 'VERP, and mail that expires',
    main: { ...main, maximal_queue_lifetime: '1s', bounce_queue_lifetime: '1s' },
    cases: {
      'two are given up': {
        ...send(
          ['x@later.example', 'y@later.example', 'ok@ok.example'],
          plain,
          `${verpFrom} XVERP`,
        ),
        again: [1200],
      },
    },
  },
];
