/** features - extensions on and off, banners, checks of content, bytes that may not be. */
import { content, raw } from '../../support/dialogue.js';
import { hello, mail, opening, outsider, rcpt, variant } from './settings.js';

const message = 'Subject: test\n\nhello\n';

const verpCommands = [
  'MAIL FROM:<list@sender.example> XVERP',
  'RSET',
  'MAIL FROM:<list@sender.example> xverp=+=',
  rcpt,
  'RCPT TO:<hanako@example.test>',
  'DATA',
  content(message),
  ...[
    'XVERP=',
    'XVERP=+',
    'XVERP=ab',
    'XVERP=+=-',
    'XVERP XVERP=--',
    'XVERPX',
    'XVERP=-= SIZE=1',
  ].flatMap((option) => [`MAIL FROM:<list@sender.example> ${option}`, 'RSET']),
  'MAIL FROM:<> XVERP',
  'MAIL FROM:<list> XVERP',
  'QUIT',
];

export default [
  {
    name: 'VERP',
    configuration: variant({
      smtpd_authorized_verp_clients: '127.0.0.1, client.example.test',
      smtpd_authorized_xclient_hosts: '127.0.0.1',
      smtpd_authorized_xforward_hosts: '127.0.0.1',
    }),
    dialogues: {
      'who may': [hello, ...verpCommands],
      'who may, by name': [{ is: 'from', address: '127.0.0.4' }, hello, ...verpCommands],
      'who may not': [outsider, hello, ...verpCommands],
      'without EHLO': ['HELO x', ...verpCommands],
    },
  },
  {
    name: 'VERP of the old name, not shown',
    configuration: variant({
      authorized_verp_clients: '127.0.0.0/8',
      smtpd_discard_ehlo_keywords: 'verp',
      default_verp_delimiters: '-=',
    }),
    dialogues: { 'it is taken, or not': [hello, ...verpCommands] },
  },
  {
    name: 'fewer extensions',
    configuration: variant({
      smtpd_discard_ehlo_keywords: 'chunking, dsn, vrfy, etrn',
      smtputf8_enable: 'no',
      message_size_limit: '0',
    }),
    dialogues: {
      EHLO: [hello, 'QUIT'],
      'BDAT is not offered': [...opening, rcpt, raw('BDAT 3 LAST\r\nabc'), 'QUIT'],
      'DSN parameters are not offered': [
        hello,
        'MAIL FROM:<a@sender.example> RET=FULL',
        mail,
        'RCPT TO:<oyaji@example.test> NOTIFY=NEVER',
        'QUIT',
      ],
      'SMTPUTF8 is off': [
        hello,
        'MAIL FROM:<a@sender.example> SMTPUTF8',
        'MAIL FROM:<\xc3\xa4@sender.example>',
        rcpt,
        'QUIT',
      ],
      'SIZE with no limit': [hello, 'MAIL FROM:<a@sender.example> SIZE=99999999', 'QUIT'],
    },
  },
  {
    name: 'keywords by address',
    configuration: variant(
      {
        smtpd_discard_ehlo_keyword_address_maps: 'cidr:@etc@/ehlo.cidr',
        smtpd_banner: 'other.example.test ESMTP $mail_name; no spam',
        smtpd_command_filter: 'regexp:@etc@/filter',
        smtpd_noop_commands: 'XNOOP, QUACK',
        smtpd_forbidden_commands: 'CONNECT GET POST regexp:{{/^[^A-Z]/ Bogus}}',
      },
      {
        files: {
          'ehlo.cidr': '127.0.0.2 pipelining, 8bitmime, silent-discard\n',
          filter: '/^HI (.*)/ EHLO $1\n/^RCPT TO:<wrong@(.*)>/ RCPT TO:<oyaji@$1>\n',
        },
      },
    ),
    dialogues: {
      insider: [hello, 'QUIT'],
      outsider: [outsider, hello, 'QUIT'],
      'command filter': ['HI client.example', mail, 'RCPT TO:<wrong@example.test>', 'QUIT'],
      'noop commands': [hello, 'XNOOP', 'QUACK loud', 'QUIT'],
      'forbidden by pattern': [hello, '123', 'QUIT'],
    },
  },
  {
    name: 'header checks',
    configuration: variant(
      {
        header_checks: 'regexp:@etc@/headers',
        body_checks: 'regexp:@etc@/body',
        mime_header_checks: 'regexp:@etc@/mime',
        message_reject_characters: '\\0',
        hopcount_limit: '5',
      },
      {
        files: {
          headers:
            '/^Subject: reject/ REJECT\n/^Subject: text/ REJECT not wanted here\n/^Subject: code/ 550 5.9.1 own code\n/^Subject: discard/ DISCARD silently\n/^Subject: hold/ HOLD held\n/^Subject: warn/ WARN careful\n/^Subject: replace/ REPLACE Subject: other\n/^Subject: four/ 450 4.7.1 later\n/^X-Ignore:/ IGNORE\n/^Subject: redirect/ REDIRECT taro@example.test\n/^Subject: bcc/ BCC taro@example.test\n/^Subject: prepend/ PREPEND X-New: 1\n/^Subject: filter/ FILTER discard:\n/^Subject: info/ INFO noted\n/^Subject: strip/ STRIP\n',
          body: '/^virus/ REJECT bad content\n/^four/ 450 4.7.1 later\n',
          mime: '/name=.*\\.exe/ REJECT no programs\n',
        },
      },
    ),
    dialogues: {
      ...Object.fromEntries(
        [
          'reject',
          'text',
          'code',
          'discard',
          'hold',
          'warn',
          'replace',
          'four',
          'redirect',
          'bcc',
          'prepend',
          'filter',
          'info',
          'strip',
        ].map((word) => [
          `header action ${word}`,
          [
            ...opening,
            rcpt,
            'DATA',
            content(`From: a@sender.example\nSubject: ${word} it\nX-Ignore: yes\n\nbody\n`),
            mail,
            'QUIT',
          ],
        ]),
      ),
      'body action reject': [
        ...opening,
        rcpt,
        'DATA',
        content('Subject: x\n\nhello\nvirus here\nmore\n'),
        'QUIT',
      ],
      'body action 450': [...opening, rcpt, 'DATA', content('Subject: x\n\nfour\n'), 'QUIT'],
      'mime header action': [
        ...opening,
        rcpt,
        'DATA',
        content(
          'Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/x; name="a.exe"\n\nx\n--b--\n',
        ),
        'QUIT',
      ],
      'a folded header is checked whole': [
        ...opening,
        rcpt,
        'DATA',
        content('Subject:\n reject it\n\nx\n'),
        'QUIT',
      ],
      message_reject_characters: [
        ...opening,
        rcpt,
        'DATA',
        content('Subject: x\n\na\0b\n'),
        'QUIT',
      ],
      'too many hops': [
        ...opening,
        rcpt,
        'DATA',
        content(
          `${'Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000\n'.repeat(6)}Subject: x\n\nx\n`,
        ),
        'QUIT',
      ],
      'BDAT is checked too': [
        ...opening,
        rcpt,
        raw('BDAT 28 LAST\r\nSubject: reject by bdat\r\n\r\nx\n'),
        'QUIT',
      ],
    },
  },
  {
    name: 'smtputf8',
    configuration: variant({
      smtputf8_enable: 'yes',
      strict_smtputf8: 'no',
      smtputf8_autodetect_classes: 'sendmail, verify',
    }),
    dialogues: {
      'addresses in UTF-8': [
        hello,
        'MAIL FROM:<\xe5\xb1\xb1@sender.example> SMTPUTF8',
        'RCPT TO:<\xe7\x94\xb0@far.example>',
        'QUIT',
      ],
      'domain in UTF-8': [
        hello,
        'MAIL FROM:<a@b\xc3\xbccher.example> SMTPUTF8',
        'RCPT TO:<x@b\xc3\xbccher.example>',
        'QUIT',
      ],
      'VRFY with SMTPUTF8': [hello, 'VRFY \xc3\xa4@example.test SMTPUTF8', 'QUIT'],
      'helo in UTF-8': ['EHLO b\xc3\xbccher.example', mail, rcpt, 'QUIT'],
      'message in UTF-8': [
        hello,
        'MAIL FROM:<a@sender.example> SMTPUTF8 BODY=8BITMIME',
        rcpt,
        'DATA',
        content('Subject: \xc3\xa4\n\n\xc3\xa4\n'),
        'QUIT',
      ],
    },
  },
  {
    name: 'forbid',
    configuration: variant({
      smtpd_forbid_bare_newline: 'reject',
      smtpd_forbid_unauth_pipelining: 'yes',
      smtpd_forbid_bare_newline_exclusions: '',
      mynetworks: '127.0.0.1/32',
    }),
    dialogues: {
      'bare newline in a command': [raw('EHLO client.example\n'), 'QUIT'],
      'bare newline in the message': [
        ...opening,
        rcpt,
        'DATA',
        raw('Subject: x\r\n\r\nbare\nnewline\r\n.\r\n'),
        'NOOP',
        'QUIT',
      ],
      'smuggling: LF . CR LF': [
        ...opening,
        rcpt,
        'DATA',
        raw('Subject: x\r\n\r\nx\n.\r\nMAIL FROM:<smuggled@sender.example>\r\n.\r\n', 1),
        'QUIT',
      ],
      'smuggling: LF . LF': [
        ...opening,
        rcpt,
        'DATA',
        raw('Subject: x\r\n\r\nx\n.\nMAIL FROM:<smuggled@sender.example>\r\n.\r\n', 1),
        'QUIT',
      ],
      'smuggling: CR . CR': [
        ...opening,
        rcpt,
        'DATA',
        raw('Subject: x\r\n\r\nx\r.\rMAIL FROM:<smuggled@sender.example>\r\n.\r\n', 1),
        'QUIT',
      ],
      'early talker': [raw('EHLO a.example\r\nMAIL FROM:<a@sender.example>\r\n', 2), 'QUIT'],
      'pipelining after EHLO in the same write': [
        raw(`${hello}\r\n${mail}\r\n${rcpt}\r\n`, 3),
        'QUIT',
      ],
      'pipelining before DATA is answered': [
        hello,
        raw(`${mail}\r\n${rcpt}\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\n`, 4),
        'QUIT',
      ],
      'outsider pipelining with HELO': [outsider, 'HELO client.example', [mail, rcpt], 'QUIT'],
    },
  },
  {
    name: 'pipelining check',
    configuration: variant({
      smtpd_data_restrictions: 'reject_unauth_pipelining',
      smtpd_forbid_unauth_pipelining: 'no',
    }),
    dialogues: {
      'HELO client that pipelines': [
        'HELO client.example',
        raw(`${mail}\r\n${rcpt}\r\nDATA\r\n`, 3),
        'QUIT',
      ],
      'EHLO client that sends content early': [
        hello,
        raw(`${mail}\r\n${rcpt}\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\n`, 4),
        'QUIT',
      ],
      'honest client': [hello, [mail, rcpt, 'DATA'], content(message), 'QUIT'],
    },
  },
  {
    name: 'recipient delimiter',
    configuration: variant(
      {
        recipient_delimiter: '+-',
        local_recipient_maps: 'texthash:@etc@/locals',
        myorigin: '$mydomain',
        masquerade_domains: 'example.test',
        allow_percent_hack: 'no',
        swap_bangpath: 'no',
        allow_untrusted_routing: 'yes',
        empty_address_recipient: 'hanako',
      },
      { files: { locals: 'oyaji x\nhanako x\n@whole.example x\n' } },
    ),
    dialogues: {
      'plus and minus': [
        ...opening,
        'RCPT TO:<oyaji+a@example.test>',
        'RCPT TO:<oyaji-b@example.test>',
        'RCPT TO:<ghost+a@example.test>',
        'QUIT',
      ],
      'percent is an ordinary character': [
        outsider,
        ...opening,
        'RCPT TO:<x%far.example@example.test>',
        'QUIT',
      ],
      'bang is an ordinary character': [
        outsider,
        ...opening,
        'RCPT TO:<far.example!x@example.test>',
        'QUIT',
      ],
    },
  },
  {
    name: 'no local check',
    configuration: variant({ local_recipient_maps: '', smtpd_reject_unlisted_recipient: 'no' }),
    dialogues: {
      'anyone is local': [
        outsider,
        ...opening,
        'RCPT TO:<ghost@example.test>',
        'RCPT TO:<other@relay.test>',
        'RCPT TO:<other@valias.test>',
        'QUIT',
      ],
    },
  },
  {
    name: 'always refuse',
    configuration: variant({
      default_transport: 'error:5.1.2 no outside mail',
      transport_maps:
        'inline:{{ err.example = error:mailbox moved }, { def.example = retry:4.2.1 try later }}',
      smtpd_peername_lookup: 'no',
      smtpd_etrn_restrictions: 'reject',
      show_user_unknown_table_name: 'no',
    }),
    dialogues: {
      'error transport is refused at RCPT': [
        ...opening,
        'RCPT TO:<x@far.example>',
        'RCPT TO:<x@err.example>',
        'RCPT TO:<x@def.example>',
        'QUIT',
      ],
      'unknown user without the table name': [
        ...opening,
        'RCPT TO:<ghost@example.test>',
        'RCPT TO:<other@relay.test>',
        'RCPT TO:<other@vbox.test>',
        'RCPT TO:<other@valias.test>',
        'QUIT',
      ],
      'ETRN is refused': [hello, 'ETRN relay.test', 'QUIT'],
      'no names are looked up': [
        { is: 'from', address: '127.0.0.4' },
        ...opening,
        'RCPT TO:<x@err.example>',
        'QUIT',
      ],
    },
  },
];
