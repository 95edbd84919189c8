/** odd-cases - mistakes, strangers, silence: what both systems make of clients, proxies and servers that misbehave. */
import { content, hangUp, raw } from '../support/dialogue.js';
import { startPeer } from '../support/peer.js';
import {
  beforeFilter,
  dialogue,
  heard,
  mail,
  policy,
  request,
  say,
  text,
  until,
  v2,
  v4,
  v6,
  xclient,
} from './cases.js';
import { startPolicyServer } from './policy-server.js';

const lenient = {
  local_recipient_maps: '',
  smtpd_hard_error_limit: '50',
  smtpd_error_sleep_time: '0',
};
const letter = ['DATA', content(text)];

const xclientOddities = {
  'lower case': dialogue(
    'xclient name=a.example addr=192.0.2.9',
    ...mail('oyaji@example.test'),
    ...letter,
    'QUIT',
  ),
  IPv6: dialogue(
    'XCLIENT ADDR=IPv6:2001:DB8::7 NAME=six.example DESTADDR=IPv6:2001:db8::1 DESTPORT=587',
    ...mail('oyaji@example.test'),
    ...letter,
    'QUIT',
  ),
  'addresses of other forms': dialogue(
    'XCLIENT ADDR=IPv6:::ffff:192.0.2.1',
    'XCLIENT ADDR=IPv6:192.0.2.1',
    'XCLIENT ADDR=[192.0.2.1]',
    'XCLIENT ADDR=0.0.0.0',
    'XCLIENT ADDR=192.0.2.01',
    'XCLIENT ADDR=192.0.2.1.',
    'XCLIENT ADDR=IPv6:fe80::1%lo',
    'XCLIENT ADDR=1234',
    'QUIT',
  ),
  'names of other forms': dialogue(
    'XCLIENT NAME=under_score.example',
    'XCLIENT NAME=-a.example',
    'XCLIENT NAME=a.example.',
    'XCLIENT NAME=[192.0.2.1]',
    'XCLIENT NAME=192.0.2.1',
    'XCLIENT NAME=a+20b',
    'XCLIENT NAME=a+0Ab',
    'XCLIENT NAME=localhost',
    'XCLIENT REVERSE_NAME=bad..name',
    'XCLIENT NAME=[unAvailable]',
    'QUIT',
  ),
  'HELO with odd bytes': dialogue(
    'XCLIENT HELO=a+0D+0Ab+00c PROTO=ESMTP',
    'MAIL FROM:<a@remote.example>',
    'RCPT TO:<oyaji@example.test>',
    ...letter,
    'QUIT',
  ),
  'twice in a row, and no longer': dialogue(
    'XCLIENT ADDR=127.0.0.1 NAME=localhost',
    'XCLIENT ADDR=192.0.2.9',
    'XCLIENT ADDR=127.0.0.1',
    'EHLO x.example',
    'XFORWARD NAME=a.example',
    'QUIT',
  ),
  'blanks and doubles': dialogue(
    'XCLIENT  ADDR=192.0.2.1   ADDR=127.0.0.1 ',
    'XCLIENT ADDR = 192.0.2.1',
    'XCLIENT ADDR==192.0.2.1',
    'XCLIENT =x',
    'XCLIENT PORT=1 PORT=[UNAVAILABLE] PROTO=esmtp',
    'XCLIENT PROTO=[UNAVAILABLE]',
    'XCLIENT HELO=[TEMPUNAVAIL] PROTO=[TEMPUNAVAIL]',
    'XCLIENT PORT=+31',
    'XCLIENT PORT=-1',
    'XCLIENT PORT=65535',
    'XCLIENT PORT=65536',
    'QUIT',
  ),
  'a mistake changes nothing': dialogue(
    'EHLO x.example',
    'XCLIENT ADDR=192.0.2.9 NAME=bad..name',
    'MAIL FROM:<a@remote.example>',
    'RCPT TO:<x@elsewhere.example>',
    'QUIT',
  ),
  'relay is a matter of who it is': dialogue(
    'XCLIENT ADDR=192.0.2.9',
    ...mail('x@elsewhere.example'),
    'QUIT',
  ),
};

const xforwardOddities = {
  IPv6: dialogue(
    'EHLO filter.example',
    'XFORWARD ADDR=IPv6:2001:DB8::7 NAME=six.example',
    'MAIL FROM:<a@remote.example>',
    'RCPT TO:<oyaji@example.test>',
    ...letter,
    'QUIT',
  ),
  'odd bytes': dialogue(
    'EHLO filter.example',
    'XFORWARD IDENT=a+0Ab HELO=c+0D+0Ad+3Ce PROTO=E+0AF',
    'XFORWARD NAME=a+20b',
    `XFORWARD PROTO=${'p'.repeat(70)}`,
    'XFORWARD HELO=+E3+81+82 IDENT=+FF',
    'MAIL FROM:<a@remote.example>',
    'RCPT TO:<oyaji@example.test>',
    ...letter,
    'QUIT',
  ),
  'without EHLO': dialogue('XFORWARD NAME=a.example', 'XFORWARD ADDR=192.0.2.1 PORT=99999', 'QUIT'),
  'addresses and ports': dialogue(
    'EHLO x.example',
    'XFORWARD ADDR=IPv6:192.0.2.1',
    'XFORWARD ADDR=::1',
    'XFORWARD PORT=65536',
    'XFORWARD PORT=x',
    'XFORWARD PORT=[TEMPUNAVAIL]',
    'XFORWARD SOURCE=[UNAVAILABLE]',
    'XFORWARD SOURCE=local',
    'XFORWARD IDENT=',
    'MAIL FROM:<a@remote.example>',
    'RCPT TO:<oyaji@example.test>',
    'QUIT',
  ),
  'an address with leading zeros': dialogue('EHLO x.example', 'XFORWARD ADDR=192.0.2.01', 'QUIT'),
  'EHLO in between': dialogue(
    'EHLO filter.example',
    'XFORWARD NAME=spike.example ADDR=192.0.2.9',
    'EHLO filter.example',
    'MAIL FROM:<a@remote.example>',
    'RCPT TO:<oyaji@example.test>',
    'QUIT',
  ),
  'a refused MAIL in between': dialogue(
    'EHLO filter.example',
    'XFORWARD NAME=spike.example ADDR=192.0.2.9',
    'MAIL FROM:<bad',
    'MAIL FROM:<a@remote.example>',
    'RCPT TO:<oyaji@example.test>',
    'QUIT',
  ),
};

const hosts = (list, cases) => ({
  main: { ...lenient, smtpd_authorized_xclient_hosts: list, smtpd_authorized_xforward_hosts: list },
  cases,
});
const try1 = dialogue(
  'EHLO x.example',
  'XFORWARD NAME=a.example',
  'XCLIENT NAME=a.example',
  'QUIT',
);

// What servers say that do not know the protocol.
const oddAnswers = {
  noaction: { raw: 'result=OK\n\n' },
  noequals: { raw: 'OK\n\n' },
  nothing: { raw: '\n' },
  crlf: { raw: 'action=REJECT with cr\r\n\r\n' },
  blank: { raw: 'action = REJECT blanks\n\n' },
  twice: { raw: 'action=OK\naction=REJECT second\n\n' },
  others: { raw: 'x=y\naction=REJECT others\nz=w\n\n' },
  pieces: { raw: ['act', 'ion=REJECT pie', 'ces\n', '\n'] },
  half: { raw: 'action=REJECT half\n', end: true },
  early: { raw: 'action=REJECT early\n\n', end: true },
  control: { raw: 'action=REJECT a\x01\x7fb\tc\n\n' },
  utf8: { raw: 'action=REJECT \xe3\x81\x82\n\n' },
  latin1: { raw: 'action=REJECT \xff\n\n' },
  lower: 'reject lower case',
  spaces: '   REJECT   many   spaces  ',
  code550: '550 no',
  code550only: '550',
  code421: '421 4.7.0 bye',
  code599: '599 odd',
  code600: '600 odd',
  code250: '250 ok',
  code4dsn: '550 4.7.1 mixed',
  deferifreject: 'DEFER_IF_REJECT later',
  defer: 'DEFER later',
  oktext: 'OK with text',
  list: 'check_recipient_access inline:{{list@example.test=REJECT from a list}}, reject',
  again: 'check_policy_service inet:127.0.0.1:10031',
  badprepend: 'PREPEND nocolon',
  prepends: 'PREPEND X-A: 1',
  longtext: `REJECT ${'x'.repeat(500)}`,
  bcc: 'BCC',
  redirect: 'REDIRECT noaddress',
  filter: 'FILTER nodestination',
  filterempty: 'FILTER',
};
const oddPolicy = (servers, extra = {}) => ({
  main: {
    ...lenient,
    smtpd_policy_service_timeout: '1s',
    smtpd_recipient_restrictions: `check_policy_service ${servers}, permit_mynetworks, reject`,
    ...extra,
  },
  before: () => startPolicyServer(10031, { ...oddAnswers, hang: 'hang', close: 'close' }),
});
const asked = (name) => ({
  story: async ({ instance, helper }) => {
    const said = await say(instance, [...mail(`${name}@example.test`), 'QUIT']);
    return [...said, `asked ${helper.take().length} times`];
  },
});
const askedEach = (...names) => Object.fromEntries(names.map((name) => [name, asked(name)]));

// Filters before the queue that misbehave.
const filterCase = (steps, options, behaviour) => {
  const base = beforeFilter(options, behaviour);
  return {
    ...base,
    story: async ({ instance, helper }) => {
      const said = await say(instance, steps);
      await new Promise((resolve) => setTimeout(resolve, 100));
      return [...said, ...heard(helper)];
    },
  };
};
const whole = [...mail('oyaji@example.test'), 'DATA', content(text), 'QUIT'];
const oddFilters = [
  ['a refusal of several lines', whole, { '.': '554-5.7.0 first\r\n554 5.7.0 second' }],
  ['no whole answer to the content', whole, { '.': '250-half' }],
  ['no whole answer to RCPT', whole, { RCPT: '250-half' }],
  ['421 at RCPT', whole, { RCPT: '421 4.3.2 going' }],
  ['421 at the greeting', whole, { connect: '421 4.3.2 full' }],
  ['421 after the content', whole, { '.': '421 4.3.2 going' }],
  ['nonsense instead of a reply', whole, { RCPT: 'what?' }],
  ['354 to MAIL', whole, { MAIL: '354 go' }],
  ['250 to DATA', whole, { DATA: '250 ok' }],
  ['354 after the content', whole, { '.': '354 more' }],
  ['a greeting of several lines', whole, { connect: '220-peer\r\n220 peer.example ESMTP' }],
  [
    'the client leaves within the content',
    [...mail('oyaji@example.test'), 'DATA', raw('Subject: x\r\n\r\nhalf', 0), hangUp()],
    {},
  ],
  [
    'RSET and QUIT between',
    [...mail('oyaji@example.test'), 'RSET', ...mail('hanako@example.test').slice(1), 'QUIT'],
    {},
  ],
  ['a message without text', [...mail('oyaji@example.test'), 'DATA', content(''), 'QUIT'], {}],
  [
    'bare newlines, carriage returns and dots',
    [
      ...mail('oyaji@example.test'),
      'DATA',
      raw('Subject: x\r\n\r\na\rb\r\r\n..\r\n...\r\nend\r\n.\r\n'),
      'QUIT',
    ],
    {},
  ],
  [
    'a chunk',
    [...mail('oyaji@example.test'), raw('BDAT 16 LAST\r\nSubject: x\r\n\r\n.\r\n', 1), 'QUIT'],
    {},
  ],
  [
    'one of three recipients',
    [
      ...mail(['oyaji@example.test', 'hanako@example.test', 'taro@example.test']),
      'DATA',
      content(text),
      'QUIT',
    ],
    { RCPT: ['550 5.1.1 no', '450 4.2.0 later', '250 2.1.5 ok'] },
  ],
  [
    '8-bit text',
    [...mail('oyaji@example.test'), 'DATA', content('Subject: \xe3\x81\x82\n\n\xff\xe9\n'), 'QUIT'],
    {},
  ],
  [
    'no HELO',
    ['MAIL FROM:<a@b.example>', 'RCPT TO:<oyaji@example.test>', 'DATA', content(text), 'QUIT'],
    {},
  ],
];

const proxyStart = (...bytes) => ({
  story: async ({ instance }) => {
    const lines = [];
    for (const start of bytes) {
      const early = { ...raw(start, 1), early: true };
      lines.push(...(await say(instance, [early, 'EHLO client.example', 'QUIT'])));
    }
    return lines;
  },
});
const v1 = (text) => `PROXY ${text}\r\n`;
const altered = (header, at, byte) =>
  header.slice(0, at) + String.fromCharCode(byte) + header.slice(at + 1);
const good = v2(1, 0x11, v4);

export const groups = [
  { name: 'xclient oddities', main: { ...xclient, ...lenient }, cases: xclientOddities },
  {
    name: 'xclient at once',
    main: {
      ...xclient,
      ...lenient,
      smtpd_delay_reject: 'no',
      smtpd_client_restrictions:
        'check_client_access inline:{{192.0.2.9=REJECT go away},{192.0.2.10=421 4.7.0 bye},{192.0.2.11=DEFER later}}',
    },
    cases: {
      refused: dialogue(
        'XCLIENT ADDR=192.0.2.9',
        'EHLO x.example',
        'MAIL FROM:<a@b.example>',
        'QUIT',
      ),
      'sent away': dialogue('XCLIENT ADDR=192.0.2.10', 'EHLO x.example'),
      deferred: dialogue('XCLIENT ADDR=192.0.2.11', 'EHLO x.example', 'QUIT'),
      taken: dialogue('XCLIENT ADDR=192.0.2.12', 'EHLO x.example', 'QUIT'),
    },
  },
  { name: 'xforward oddities', main: { ...xclient, ...lenient }, cases: xforwardOddities },
  { name: 'hosts by name', ...hosts('localhost', { try1 }) },
  { name: 'hosts by address and mask', ...hosts('!127.0.0.2 127.0.0.0/30', { try1 }) },
  { name: 'hosts by a table', ...hosts('inline:{{127.0.0.1=x}}', { try1 }) },
  { name: 'hosts by a table of names', ...hosts('inline:{{localhost=x}}', { try1 }) },
  { name: 'hosts, but this one', ...hosts('!localhost, static:all', { try1 }) },
  {
    name: 'odd answers of a policy server',
    ...oddPolicy('inet:127.0.0.1:10031'),
    cases: askedEach(...Object.keys(oddAnswers).filter((name) => name !== 'again')),
  },
  {
    name: 'odd entries of tables',
    main: {
      ...lenient,
      smtpd_client_restrictions: 'check_client_access texthash:@etc@/odd-clients',
      smtpd_recipient_restrictions:
        'check_recipient_access texthash:@etc@/odd, permit_mynetworks, reject',
    },
    files: {
      'odd-clients': '127.0.0.1 FILTER nodestination\n',
      odd:
        'prepend@example.test PREPEND nocolon\nprepend2@example.test PREPEND\nbcc@example.test BCC\n' +
        'redirect@example.test REDIRECT noaddress\nfilter@example.test FILTER\ncode@example.test 550\n' +
        'list@example.test permit_mynetworks, check_helo_access static:OK\n.test REDIRECT nothing\n' +
        'dsn@example.test 550 4.7.1 mixed\ntab@example.test REJECT a\tb\n',
    },
    cases: {
      'one each': dialogue(
        'EHLO client.example',
        'MAIL FROM:<a@b.example>',
        ...[
          'prepend',
          'prepend2',
          'bcc',
          'redirect',
          'filter',
          'code',
          'list',
          'other',
          'dsn',
          'tab',
        ].map((name) => `RCPT TO:<${name}@example.test>`),
        'QUIT',
      ),
    },
  },
  {
    name: 'a policy server that is asked again',
    ...oddPolicy('inet:127.0.0.1:10031', {
      smtpd_policy_service_try_limit: '3',
      smtpd_policy_service_retry_delay: '1s',
      smtpd_policy_service_default_action: 'REJECT by default',
    }),
    cases: askedEach('close', 'hang'),
  },
  ...[
    ['a path that is not there', 'unix:private/nothing'],
    ['a host that is not there', 'inet:nowhere.example:10031'],
    ['a port that is closed', 'inet:127.0.0.1:1'],
    ['settings of its own', '{ inet:127.0.0.1:1, try_limit=1, default_action=OK }'],
    [
      'settings with blanks',
      '{ inet:127.0.0.1:1, { try_limit = 1 }, { default_action = DEFER come later } }',
    ],
    ['local', '{ local:private/nothing, try_limit=1 }'],
  ].map(([name, where]) => ({
    name: `policy server: ${name}`,
    ...oddPolicy(where),
    cases: askedEach('anyone'),
  })),
  ...oddFilters.flatMap(([name, steps, behaviour]) =>
    ['', 'speed_adjust'].map((options) => ({
      name: `before the queue ${options}: ${name}`,
      ...filterCase(steps, options, behaviour),
      cases: { story: filterCase(steps, options, behaviour) },
    })),
  ),
  {
    name: 'before the queue: a prepended header',
    ...filterCase(whole, '', {}),
    main: {
      ...beforeFilter().main,
      smtpd_proxy_ehlo: 'own.example',
      smtpd_recipient_restrictions:
        'check_recipient_access inline:{{oyaji@example.test=PREPEND X-P: yes}}, permit_mynetworks, reject',
      smtpd_data_restrictions: 'check_sender_access inline:{{a@remote.example=HOLD me}}',
    },
    cases: { story: filterCase(whole, '', {}) },
  },
  {
    name: 'before the queue: too big',
    ...filterCase(whole, '', {}),
    main: { ...beforeFilter().main, message_size_limit: '2000' },
    cases: {
      story: filterCase(
        [
          ...mail('oyaji@example.test'),
          'DATA',
          content(`Subject: x\n\n${'0123456789\n'.repeat(300)}`),
          'NOOP',
          'QUIT',
        ],
        '',
        {},
      ),
    },
  },
  {
    name: 'before the queue: after XFORWARD',
    ...filterCase(whole, '', {}),
    main: { ...beforeFilter().main, smtpd_authorized_xforward_hosts: '127.0.0.1' },
    cases: {
      story: filterCase(
        [
          'EHLO front.example',
          'XFORWARD NAME=spike.example ADDR=192.0.2.9 HELO=fi+20+3Cr+3E@st IDENT=ABC SOURCE=REMOTE PROTO=SMTP',
          'MAIL FROM:<a@remote.example>',
          'RCPT TO:<oyaji@example.test>',
          'DATA',
          content(text),
          'QUIT',
        ],
        '',
        {},
      ),
    },
  },
  {
    name: 'haproxy oddities',
    main: { smtpd_upstream_proxy_protocol: 'haproxy', smtpd_upstream_proxy_timeout: '1s' },
    isTold: (line) =>
      /smtpd\[\d+\]: /.test(line) &&
      !/lost connection after CONNECT|\[127\.0\.0\.1\]|\[unknown\]/.test(line),
    cases: {
      'ports of version 1': proxyStart(
        v1('TCP4 192.0.2.7 198.51.100.1 0 25'),
        v1('TCP4 192.0.2.7 198.51.100.1 65536 25'),
        v1('TCP4 192.0.2.7 198.51.100.1 x 25'),
        v1('TCP4 192.0.2.7 198.51.100.1 012 25'),
      ),
      'addresses of version 1': proxyStart(
        v1('TCP4 2001:db8::7 2001:db8::1 12345 25'),
        v1('TCP6 192.0.2.7 198.51.100.1 12345 25'),
        v1('TCP6 ::ffff:192.0.2.7 ::ffff:198.51.100.1 12345 25'),
        v1('TCP6 2001:DB8:0:0::7 2001:db8::1 12345 25'),
      ),
      'words of version 1': proxyStart(
        v1('TCP4 192.0.2.7 198.51.100.1 12345'),
        v1('TCP4  192.0.2.7 198.51.100.1 12345 25'),
        v1('TCP4 192.0.2.7 198.51.100.1 12345 25 more'),
        v1('TCP5 192.0.2.7 198.51.100.1 12345 25'),
        v1('tcp4 192.0.2.7 198.51.100.1 12345 25'),
        'proxy TCP4 192.0.2.7 198.51.100.1 12345 25\r\n',
        'PROXY TCP4 192.0.2.7 198.51.100.1 12345 25\n',
        `PROXY ${'x'.repeat(60)}\r\n`,
      ),
      'version 2': proxyStart(
        altered(good, 12, 0x11),
        altered(good, 12, 0x22),
        altered(good, 13, 0x12),
        altered(good, 13, 0x31),
        v2(0, 0x11, v4),
        v2(1, 0x11, v4.subarray(0, 8)),
        v2(1, 0x11, Buffer.concat([v4, Buffer.from('0300040000', 'hex')])),
        v2(1, 0x21, v6),
        v2(
          1,
          0x21,
          Buffer.concat([
            Buffer.from('00000000000000000000ffffc0000207', 'hex'),
            Buffer.from('00000000000000000000ffffc6336401', 'hex'),
            v6.subarray(32),
          ]),
        ),
        v2(1, 0x11, Buffer.concat([v4.subarray(0, 8), Buffer.alloc(4)])),
      ),
      'an address with leading zeros': proxyStart(v1('TCP4 192.0.2.07 198.51.100.1 12345 25')),
      'version 2 without addresses': proxyStart(v2(1, 0, v4)),
      'a block that is too long': proxyStart(v2(1, 0x11, Buffer.concat([v4, Buffer.alloc(600)]))),
      silence: proxyStart('PROXY TCP4 192.0', '\r\n'),
    },
  },
];
