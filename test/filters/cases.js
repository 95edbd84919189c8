/**
 * cases - what is asked of both systems: a configuration each, and a story that returns lines to compare.
 */
import { chmodSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { content, raw, speak } from '../support/dialogue.js';
import { startPeer } from '../support/peer.js';
import { startPolicyServer } from './policy-server.js';

export const shown = (transcript) =>
  transcript.flatMap(({ label, replies }) => [
    `C ${label}`,
    ...replies.map((reply) => `S ${reply}`),
  ]);
export const mail = (to, from = 'a@remote.example') => [
  'EHLO client.example',
  `MAIL FROM:<${from}>`,
  ...[to].flat().map((one) => `RCPT TO:<${one}>`),
];
export const text = 'Subject: x\nMessage-Id: <1@x>\n\n..dot\nhello\n';
export const say = async (instance, steps, options) =>
  shown(await speak(instance.port, steps, options));

export const xclient = {
  smtpd_authorized_xclient_hosts: '127.0.0.1',
  smtpd_authorized_xforward_hosts: '127.0.0.0/8',
};
export const dialogue = (...steps) => ({ story: ({ instance }) => say(instance, steps) });

/** Without what each run has of its own. */
export const request = (one) =>
  one
    .replace(/^(?:compatibility_level|mail_version)=.*\n?/gm, '')
    .trimEnd()
    .replace(
      /^(instance|client_port|server_port|mail_version|queue_id|compatibility_level)=.+$/gm,
      '$1=SOME',
    );

const answers = {
  ok: 'OK',
  reject: 'REJECT no such thing',
  rejectplain: 'REJECT',
  defer: 'DEFER_IF_PERMIT Greylisted, see http://x/',
  code: '554 5.7.9 bad luck',
  code4: '450 later',
  prepend: 'PREPEND X-Policy: yes',
  empty: '',
  odd: 'nosuchthing',
  close: 'close',
  hang: 'hang',
  drop: '421 4.7.0 go away',
  hold: 'HOLD look at it',
  discard: 'DISCARD',
  filter: 'FILTER discard:filtered',
  filter2: 'FILTER discard:filtered, DUNNO',
  redirect: 'REDIRECT someone@elsewhere.example',
  bcc: 'BCC copy@elsewhere.example',
  warn: 'WARN beware',
  permit: 'permit_mynetworks',
};

export const policy = (where, list = 'smtpd_recipient_restrictions', extra = {}) => ({
  main: {
    smtpd_recipient_restrictions: 'permit_mynetworks, reject_unauth_destination',
    local_recipient_maps: '',
    [list]: `check_policy_service ${where}, permit_mynetworks, reject_unauth_destination`,
    smtpd_policy_service_timeout: '1s',
    ...extra,
  },
  before: async ({ instance }) => {
    const place = where.includes('unix:') ? `${instance.directory}/spool/private/policy` : 10031;
    const server = await startPolicyServer(place, answers);
    if (typeof place === 'string') chmodSync(place, 0o666);
    return server;
  },
});

/** Actions at every stage at which they still count; what stands in the queue then, and where it goes. */
const actionsAt = (list) => ({
  ...policy('inet:127.0.0.1:10031', list, {
    local_transport: 'discard:here',
    default_transport: 'discard:away',
    relay_domains: 'elsewhere.example',
    relay_transport: 'discard:relay',
  }),
  cases: Object.fromEntries(
    ['hold', 'discard', 'filter', 'filter2', 'redirect', 'bcc', 'prepend', 'warn', 'permit'].map(
      (action) => [
        action,
        {
          story: async ({ instance, helper }) => {
            const offset = instance.logSize();
            const said = await say(instance, [
              ...mail(`${action}@example.test`),
              'DATA',
              content(`X-Filter: one\n${text}`),
              'QUIT',
            ]);
            helper.take();
            await until(() => /(?:hold|removed|discard): /.test(instance.logFrom(offset)), 2000);
            await sleep(200);
            const { stdout } = await instance.run('postqueue', ['-j']);
            const deliveries = instance
              .logFrom(offset)
              .split('\n')
              .flatMap(
                (line) =>
                  /: (to=<.*>),.* (relay=\S+),.* (status=.*)/.exec(line)?.slice(1, 4).join(' ') ??
                  [],
              )
              .sort();
            return [...said, ...deliveries, ...(stdout.match(/"queue_name": "\w+"/g) ?? [])];
          },
        },
      ],
    ),
  ),
});

export const afterFilter = {
  main: {
    content_filter: 'scan:[127.0.0.1]:10025',
    smtpd_authorized_xforward_hosts: '127.0.0.0/8',
    local_recipient_maps: '',
    receive_override_options: 'no_address_mappings',
    alias_maps: '',
    virtual_alias_maps: 'inline:{{friends@example.test = oyaji@example.test, hanako@example.test}}',
  },
  extraMaster: `scan unix - - n - 10 smtp
  -o smtp_send_xforward_command=yes -o smtp_helo_name=front.example.test
127.0.0.1:10026 inet n - n - 10 smtpd
  -o content_filter= -o receive_override_options=no_unknown_recipient_checks,no_header_body_checks
  -o smtpd_helo_restrictions= -o { smtpd_recipient_restrictions = permit_mynetworks, reject }
  -o mynetworks=127.0.0.0/8
`,
  before: () =>
    startPeer(10025, {
      offer: ['PIPELINING', '8BITMIME', 'XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE'],
    }),
};

export async function until(condition, limit = 10_000) {
  const end = Date.now() + limit;
  while (!condition() && Date.now() < end) await sleep(30);
}

export const heard = (peer) =>
  peer
    .take()
    .flatMap((session) => session)
    .map(cleanIdent);
const cleanIdent = (line) => line.replace(/IDENT=\w+/, 'IDENT=QID').replace(/PORT=\d+/, 'PORT=N');

export const beforeFilter = (options = '', behaviour = {}) => ({
  main: {
    smtpd_proxy_filter: '127.0.0.1:10025',
    smtpd_proxy_options: options,
    local_recipient_maps: '',
    smtpd_proxy_timeout: '2s',
    smtpd_client_port_logging: 'no',
  },
  before: () =>
    startPeer(10025, {
      offer: ['PIPELINING', '8BITMIME', 'XFORWARD NAME ADDR PROTO HELO IDENT SOURCE'],
      ...behaviour,
    }),
  story: async ({ instance, helper }) => {
    const said = await say(instance, [
      ...mail(['oyaji@example.test', 'hanako@example.test']),
      'DATA',
      content(text),
      'MAIL FROM:<> BODY=8BITMIME',
      'RCPT TO:<oyaji@example.test>',
      'RCPT TO:<x@elsewhere.example>',
      'RSET',
      'QUIT',
    ]);
    return [...said, ...heard(helper)];
  },
});

export const proxied = (protocol, ...starts) => ({
  main: {
    smtpd_upstream_proxy_protocol: protocol,
    smtpd_upstream_proxy_timeout: '2s',
    mynetworks: '127.0.0.0/8, 192.0.2.0/24',
  },
  ownPort: true,
  story: async ({ instance }) => {
    const lines = [];
    for (const start of starts) {
      const early = { ...raw(start, 1), early: true };
      lines.push(
        ...(await say(instance, [
          early,
          ...mail('oyaji@example.test'),
          'DATA',
          content(text),
          'QUIT',
        ])),
      );
    }
    return lines;
  },
});

export const v2 = (command, family, addresses) => {
  const head = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
  const rest = Buffer.alloc(4);
  rest[0] = 0x20 | command;
  rest[1] = family;
  rest.writeUInt16BE(addresses.length, 2);
  return Buffer.concat([head, rest, addresses]).toString('latin1');
};
export const v4 = Buffer.from([192, 0, 2, 7, 198, 51, 100, 1, 0x30, 0x39, 0, 25]);
export const v6 = Buffer.concat([
  Buffer.from('20010db8000000000000000000000007', 'hex'),
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.from([0x30, 0x39, 0, 25]),
]);

export const groups = [
  {
    name: 'xclient',
    main: {
      ...xclient,
      local_recipient_maps: '',
      smtpd_hard_error_limit: '50',
      smtpd_error_sleep_time: '0',
    },
    cases: {
      keywords: dialogue('EHLO x.example', 'HELO x.example', 'QUIT'),
      everything: dialogue(
        'EHLO x.example',
        'XCLIENT NAME=spike.porcupine.org ADDR=192.0.2.9 PORT=1234 HELO=helo.example PROTO=ESMTP REVERSE_NAME=rev.example',
        ...mail('oyaji@example.test'),
        'DATA',
        content(text),
        'QUIT',
      ),
      'helo and protocol stay': dialogue(
        'XCLIENT HELO=helo.example PROTO=ESMTP ADDR=192.0.2.9',
        'MAIL FROM:<a@remote.example>',
        'RCPT TO:<x@elsewhere.example>',
        'QUIT',
      ),
      unavailable: dialogue(
        'XCLIENT NAME=[UNAVAILABLE] ADDR=[UNAVAILABLE] PORT=[UNAVAILABLE] HELO=[UNAVAILABLE]',
        ...mail('x@elsewhere.example'),
        'QUIT',
      ),
      tempunavail: dialogue(
        'XCLIENT NAME=[TEMPUNAVAIL] REVERSE_NAME=[tempunavail]',
        ...mail('oyaji@example.test'),
        'QUIT',
      ),
      mistakes: dialogue(
        'EHLO x.example',
        'XCLIENT',
        'XCLIENT NAME',
        'XCLIENT NAME=',
        'XCLIENT NAME=bad..name',
        'XCLIENT ADDR=300.1.1.1',
        'XCLIENT ADDR=2001:db8::7 PORT=1',
        'XCLIENT PORT=99999',
        'XCLIENT PORT=0',
        'XCLIENT PROTO=UUCP',
        'XCLIENT WHAT=ever',
        'XCLIENT NAME=a+ZZ',
        `XCLIENT HELO=${'h'.repeat(300)}`,
        'XCLIENT LOGIN=someone',
        'XCLIENT DESTADDR=192.0.2.1 DESTPORT=587',
        'MAIL FROM:<a@remote.example>',
        'XCLIENT NAME=a.example',
        'QUIT',
      ),
    },
  },
  {
    name: 'xforward',
    main: {
      ...xclient,
      local_recipient_maps: '',
      smtpd_hard_error_limit: '50',
      smtpd_error_sleep_time: '0',
    },
    cases: {
      everything: dialogue(
        'EHLO filter.example',
        'XFORWARD NAME=spike.example ADDR=192.0.2.9 PORT=1234',
        'XFORWARD PROTO=ESMTP HELO=first+20helo IDENT=ABC123 SOURCE=REMOTE',
        'MAIL FROM:<a@remote.example>',
        'RCPT TO:<oyaji@example.test>',
        'DATA',
        content('Subject: no date\n\nx\n'),
        'MAIL FROM:<a@remote.example>',
        'RCPT TO:<oyaji@example.test>',
        'QUIT',
      ),
      'one is enough': dialogue(
        'EHLO filter.example',
        'XFORWARD NAME=spike.example',
        'MAIL FROM:<a@remote.example>',
        'RCPT TO:<oyaji@example.test>',
        'RSET',
        'MAIL FROM:<a@remote.example>',
        'RCPT TO:<oyaji@example.test>',
        'QUIT',
      ),
      'RSET forgets': dialogue(
        'EHLO filter.example',
        'XFORWARD NAME=spike.example IDENT=X1',
        'RSET',
        'MAIL FROM:<a@remote.example>',
        'RCPT TO:<oyaji@example.test>',
        'QUIT',
      ),
      mistakes: dialogue(
        'EHLO x.example',
        'XFORWARD',
        'XFORWARD NAME',
        'XFORWARD NAME=bad..name',
        'XFORWARD ADDR=300.1.1.1',
        'XFORWARD ADDR=[unavailable] HELO=[UNAVAILABLE] IDENT=[UNAVAILABLE] PROTO=[UNAVAILABLE]',
        'XFORWARD SOURCE=ELSEWHERE',
        'XFORWARD WHAT=ever',
        'XFORWARD PORT=0',
        `XFORWARD IDENT=${'i'.repeat(300)}`,
        'MAIL FROM:<a@remote.example>',
        'XFORWARD NAME=a.example',
        'QUIT',
      ),
    },
  },
  {
    name: 'xclient refused',
    main: {
      smtpd_authorized_xclient_hosts: '192.0.2.1',
      smtpd_authorized_xforward_hosts: '!127.0.0.1, 127.0.0.0/8',
    },
    cases: {
      refused: dialogue(
        'EHLO x.example',
        'XCLIENT NAME=a.example',
        'XFORWARD NAME=a.example',
        'QUIT',
      ),
    },
  },
  ...['inet:127.0.0.1:10031', 'unix:private/policy'].map((where) => ({
    name: `policy ${where}`,
    ...policy(where),
    cases: {
      ...Object.fromEntries(
        Object.keys(answers).map((name) => [
          name,
          {
            story: async ({ instance, helper }) => {
              const said = await say(instance, [
                ...mail(`${name}@example.test`, 'a@b.example'),
                'QUIT',
              ]);
              return [...said, ...helper.take().map(request)];
            },
          },
        ]),
      ),
      'a message': {
        story: async ({ instance, helper }) => {
          const said = await say(instance, [
            'EHLO client.example',
            'MAIL FROM:<a@b.example> SIZE=1234',
            'RCPT TO:<one@example.test>',
            'RCPT TO:<two@example.test>',
            'RCPT TO:<reject@example.test>',
            'DATA',
            content(text),
            'QUIT',
          ]);
          const requests = helper.take();
          const instances = new Set(requests.map((one) => /^instance=(.*)$/m.exec(one)[1]));
          return [...said, ...requests.map(request), `instances ${instances.size}`];
        },
      },
    },
  })),
  {
    name: 'policy everywhere',
    ...policy('inet:127.0.0.1:10031', 'smtpd_data_restrictions', {
      smtpd_delay_reject: 'no',
      smtpd_client_restrictions: 'check_policy_service inet:127.0.0.1:10031',
      smtpd_helo_restrictions: 'check_policy_service inet:127.0.0.1:10031',
      smtpd_sender_restrictions:
        'check_policy_service { inet:127.0.0.1:10031, { policy_context = of the sender }, timeout=2s }',
      smtpd_end_of_data_restrictions: 'check_policy_service inet:127.0.0.1:10031',
      smtpd_etrn_restrictions: 'check_policy_service inet:127.0.0.1:10031',
    }),
    cases: {
      'a message': {
        story: async ({ instance, helper }) => {
          helper.take();
          const said = await say(instance, [
            ...mail('one@example.test'),
            'DATA',
            content(text),
            'MAIL FROM:<>',
            'RCPT TO:<one@example.test>',
            'RCPT TO:<two@example.test>',
            'DATA',
            content(text),
            'ETRN example.test',
            'QUIT',
          ]);
          return [...said, ...helper.take().map(request)];
        },
      },
    },
  },
  ...[
    'smtpd_recipient_restrictions',
    'smtpd_data_restrictions',
    'smtpd_end_of_data_restrictions',
  ].map((list) => ({ name: `actions in ${list}`, ...actionsAt(list) })),
  {
    name: 'policy in trouble',
    main: {
      local_recipient_maps: '',
      smtpd_policy_service_timeout: '1s',
      smtpd_policy_service_try_limit: '1',
      smtpd_recipient_restrictions:
        'reject_unauth_destination, check_recipient_access inline:{{a@example.test=inet1},{b@example.test=inet2},{c@example.test=inet3}}',
      smtpd_restriction_classes: 'inet1 inet2 inet3',
      inet1: 'check_policy_service inet:127.0.0.1:1',
      inet2: 'check_policy_service { inet:127.0.0.1:1, default_action=DUNNO }',
      inet3: 'check_policy_service { inet:127.0.0.1:1, { default_action = 554 5.7.9 no policy } }',
    },
    cases: {
      'no one listens': dialogue(
        ...mail(['a@example.test', 'b@example.test', 'c@example.test']),
        'QUIT',
      ),
    },
  },
  {
    name: 'after the queue',
    ...afterFilter,
    cases: {
      'from the network': {
        story: async ({ instance, helper }) => {
          await say(instance, [...mail('friends@example.test'), 'DATA', content(text), 'QUIT']);
          await until(() => /status=sent/.test(instance.log()));
          return heard(helper);
        },
      },
      'of sendmail': {
        story: async ({ instance, helper }) => {
          const offset = instance.logSize();
          await instance.run('sendmail', ['-i', '-f', 'kenji@example.test', 'oyaji@example.test'], {
            input: 'Subject: y\nDate: x\nMessage-Id: <z@z>\n\ny\n',
          });
          await until(() => /status=sent/.test(instance.logFrom(offset)));
          return heard(helper);
        },
      },
      'back again': {
        story: async ({ instance }) => {
          const offset = instance.logSize();
          const said = shown(
            await speak(10026, [
              'EHLO filter.example',
              'XFORWARD NAME=spike.example ADDR=192.0.2.9 IDENT=ABC SOURCE=REMOTE',
              'MAIL FROM:<a@remote.example>',
              'RCPT TO:<friends@example.test>',
              'DATA',
              content(text),
              'QUIT',
            ]),
          );
          await until(() => /: removed/.test(instance.logFrom(offset)));
          return said;
        },
      },
    },
  },
  {
    name: 'FILTER action',
    main: {
      local_recipient_maps: '',
      smtpd_recipient_restrictions:
        'check_recipient_access inline:{{oyaji@example.test=FILTER scan:[127.0.0.1]:10025}}, permit_mynetworks, reject',
    },
    extraMaster: afterFilter.extraMaster,
    before: afterFilter.before,
    cases: {
      'of an access table': {
        story: async ({ instance, helper }) => {
          await say(instance, [
            ...mail(['hanako@example.test', 'oyaji@example.test']),
            'DATA',
            content(text),
            'QUIT',
          ]);
          await until(() => /status=sent.*\n[^]*status=sent/.test(instance.log()));
          return heard(helper);
        },
      },
    },
  },
  { name: 'before the queue', cases: { 'a message': beforeFilter() }, ...beforeFilter() },
  {
    name: 'before the queue, later',
    cases: { 'a message': beforeFilter('speed_adjust') },
    ...beforeFilter('speed_adjust'),
  },
  ...[
    ['MAIL', '550 5.7.1 not you'],
    ['RCPT', ['250 2.1.5 ok', '550 5.1.1 not him']],
    ['DATA', '451 4.3.0 not now'],
    ['.', '554 5.7.0 Reject, id=1 - INFECTED'],
    ['.', '250 2.0.0 Ok: queued as ABCDEF12'],
    ['connect', '554 no service'],
    ['EHLO', '502 what'],
    ['XFORWARD', '501 what'],
  ].flatMap(([verb, answer], index) =>
    ['', 'speed_adjust'].map((options) => ({
      name: `before the queue ${options} ${verb} ${index}`,
      ...beforeFilter(options, { [verb]: answer }),
      cases: { refused: beforeFilter(options) },
    })),
  ),
  {
    name: 'before the queue, no filter',
    ...beforeFilter(),
    before: undefined,
    cases: {
      'no one listens': dialogue(...mail('oyaji@example.test'), 'QUIT'),
    },
  },
  {
    name: 'haproxy',
    ...proxied('haproxy'),
    cases: {
      'version 1': proxied('haproxy', 'PROXY TCP4 192.0.2.7 198.51.100.1 12345 25\r\n'),
      'version 1, IPv6': proxied('haproxy', 'PROXY TCP6 2001:db8::7 2001:db8::1 12345 25\r\n'),
      'version 2': proxied('haproxy', v2(1, 0x11, v4)),
      'version 2, IPv6': proxied('haproxy', v2(1, 0x21, v6)),
      'version 2, local': proxied('haproxy', v2(0, 0, Buffer.alloc(0))),
      'version 1, unknown': proxied('haproxy', 'PROXY UNKNOWN\r\n'),
      'no header': proxied('haproxy', 'EHLO x.example\r\n'),
      'bad address': proxied('haproxy', 'PROXY TCP4 300.0.2.7 198.51.100.1 12345 25\r\n'),
    },
  },
];
