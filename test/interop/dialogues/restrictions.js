/** restrictions - smtpd_*_restrictions, access tables of every kind, names and DNS. */
import { content } from '../../support/dialogue.js';
import { hello, mail, opening, outsider, rcpt, variant } from './settings.js';

const message = 'Subject: test\n\nhello\n';
const client = (address) => ({ is: 'from', address });
const named = client('127.0.0.4');
const liar = client('127.0.0.5');
const half = client('127.0.0.6');

const actions = `
ok@act.example OK
num@act.example 12345
dunno@act.example DUNNO
reject@act.example REJECT
rejecttext@act.example REJECT go away
code@act.example 550 custom text
enh@act.example 550 5.7.9 custom enhanced
four@act.example 450 4.7.9 later
fourbare@act.example 421 service closes
five21@act.example 521 5.3.2 no mail here
defer@act.example DEFER
defertext@act.example DEFER not now
dip@act.example DEFER_IF_PERMIT maybe later
dir@act.example DEFER_IF_REJECT maybe
hold@act.example HOLD on
discard@act.example DISCARD gone
warn@act.example WARN watch this
info@act.example INFO for the log
prepend@act.example PREPEND X-Added: yes
redirect@act.example REDIRECT taro@example.test
bcc@act.example BCC taro@example.test
filter@act.example FILTER discard:
restr@act.example reject_unauth_destination
restr2@act.example permit_mynetworks, reject
bogus@act.example NONSENSE
`;

const actionDialogues = Object.fromEntries(
  actions
    .trim()
    .split('\n')
    .map((row) => {
      const [address, action] = row.split(' ');
      return [
        `access action ${action} (${address})`,
        [
          hello,
          `MAIL FROM:<${address}>`,
          rcpt,
          'RCPT TO:<x@far.example>',
          'DATA',
          content(message),
          'QUIT',
        ],
      ];
    }),
);

export default [
  {
    name: 'sender access',
    configuration: variant(
      { smtpd_sender_restrictions: 'check_sender_access texthash:@etc@/sender' },
      {
        files: {
          sender: `${actions}
user@look.example REJECT full address
look.example REJECT domain
user2@ REJECT local part
.dots.example REJECT dotted parent
<> REJECT null sender
plus@plus.example REJECT without extension
`,
        },
      },
    ),
    dialogues: {
      ...actionDialogues,
      'lookup: full address': [hello, 'MAIL FROM:<user@look.example>', rcpt, 'QUIT'],
      'lookup: domain': [hello, 'MAIL FROM:<other@look.example>', rcpt, 'QUIT'],
      'lookup: parent domain': [hello, 'MAIL FROM:<other@sub.look.example>', rcpt, 'QUIT'],
      'lookup: local part': [hello, 'MAIL FROM:<user2@any.example>', rcpt, 'QUIT'],
      'lookup: .domain': [
        hello,
        'MAIL FROM:<x@sub.dots.example>',
        'RCPT TO:<oyaji@example.test>',
        'QUIT',
      ],
      'lookup: null sender': [hello, 'MAIL FROM:<>', rcpt, 'QUIT'],
      'lookup: case': [hello, 'MAIL FROM:<USER@LOOK.EXAMPLE>', rcpt, 'QUIT'],
      'lookup: no match': [hello, mail, rcpt, 'QUIT'],
    },
  },
  {
    name: 'tables of every kind',
    configuration: variant(
      {
        recipient_delimiter: '+',
        smtpd_client_restrictions: 'check_client_access cidr:@etc@/client.cidr',
        smtpd_helo_restrictions: 'check_helo_access hash:@etc@/helo',
        smtpd_sender_restrictions:
          'check_sender_access regexp:@etc@/sender.regexp, check_sender_access inline:{in@line.example=REJECT, { two@line.example = REJECT inline text }}',
        smtpd_recipient_restrictions:
          'check_recipient_access hash:@etc@/recipient, check_recipient_access static:DUNNO, permit',
        smtpd_data_restrictions: 'check_sender_access inline:{data@line.example=REJECT}',
        smtpd_end_of_data_restrictions: 'check_sender_access inline:{eod@line.example=REJECT}',
      },
      {
        files: {
          'client.cidr':
            '127.0.0.3 REJECT by cidr\n127.0.0.4/31 450 4.7.1 by network\n!127.0.0.0/8 REJECT foreign\n',
          helo: 'bad.helo.example REJECT bad helo\nhelo2.example 554 5.7.1 helo code\n',
          'sender.regexp':
            '/^rx[0-9]+@(.*)$/ REJECT regexp $1\n/^UPPER@/ REJECT case\n!/@.+/ REJECT no at sign\nif /^in/\n/if@/ REJECT inside if\nendif\n',
          recipient:
            'oyaji@example.test DUNNO\nhanako@example.test REJECT hanako is away\ntaro+ext@example.test REJECT with extension\nkenji@example.test REJECT without extension\n',
        },
        postmap: ['hash:@etc@/helo', 'hash:@etc@/recipient'],
      },
    ),
    dialogues: {
      'cidr: exact': [client('127.0.0.3'), ...opening, rcpt, 'QUIT'],
      'cidr: network': [named, ...opening, rcpt, 'QUIT'],
      'hash: helo': ['EHLO bad.helo.example', mail, rcpt, 'QUIT'],
      'hash: helo with a code': ['HELO helo2.example', mail, rcpt, 'QUIT'],
      'hash: helo in upper case': ['EHLO BAD.HELO.EXAMPLE', mail, rcpt, 'QUIT'],
      'hash: subdomain of the helo name': ['EHLO sub.bad.helo.example', mail, rcpt, 'QUIT'],
      'regexp: substitution': [hello, 'MAIL FROM:<rx42@some.example>', rcpt, 'QUIT'],
      'regexp: case': [hello, 'MAIL FROM:<upper@some.example>', rcpt, 'QUIT'],
      'regexp: if block': [hello, 'MAIL FROM:<inif@some.example>', rcpt, 'QUIT'],
      'inline: short form': [hello, 'MAIL FROM:<in@line.example>', rcpt, 'QUIT'],
      'inline: with braces': [hello, 'MAIL FROM:<two@line.example>', rcpt, 'QUIT'],
      'data restrictions': [hello, 'MAIL FROM:<data@line.example>', rcpt, 'DATA', 'QUIT'],
      'end-of-data restrictions': [
        hello,
        'MAIL FROM:<eod@line.example>',
        rcpt,
        'DATA',
        content(message),
        'QUIT',
      ],
      'recipient access': [...opening, 'RCPT TO:<hanako@example.test>', rcpt, 'QUIT'],
      'recipient access with extension': [
        ...opening,
        'RCPT TO:<taro+ext@example.test>',
        'RCPT TO:<taro+other@example.test>',
        'RCPT TO:<kenji+ext@example.test>',
        'QUIT',
      ],
    },
  },
  {
    name: 'address forms',
    configuration: variant({
      strict_rfc821_envelopes: 'yes',
      smtpd_helo_required: 'yes',
      smtpd_helo_restrictions: 'reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname',
      smtpd_sender_restrictions: 'reject_non_fqdn_sender',
      smtpd_recipient_restrictions: 'reject_non_fqdn_recipient, reject_multi_recipient_bounce',
      disable_vrfy_command: 'yes',
    }),
    dialogues: {
      'MAIL before hello is refused': [mail, 'HELO client.example', mail, 'QUIT'],
      'strict: blank after the colon': [hello, 'MAIL FROM: <a@sender.example>', 'QUIT'],
      'strict: no brackets': [hello, 'MAIL FROM:a@sender.example', 'QUIT'],
      'strict: quoted': [hello, 'MAIL FROM:<"a b"@sender.example>', 'QUIT'],
      'strict: comment': [hello, 'MAIL FROM:<a(c)@sender.example>', 'QUIT'],
      'strict: display name': [hello, 'MAIL FROM:A <a@sender.example>', 'QUIT'],
      'strict: recipient without brackets': [
        hello,
        mail,
        'RCPT TO:oyaji@example.test',
        rcpt,
        'QUIT',
      ],
      'invalid helo name': ['EHLO -bad-.example', mail, rcpt, 'QUIT'],
      'helo name with underscore': ['EHLO a_b.example', mail, rcpt, 'QUIT'],
      'helo name without a dot': ['EHLO client', mail, rcpt, 'QUIT'],
      'helo with a bare address': ['EHLO 10.0.0.1', mail, rcpt, 'QUIT'],
      'helo with a literal': ['EHLO [10.0.0.1]', mail, rcpt, 'QUIT'],
      'helo with a bad literal': ['EHLO [10.0.0.999]', mail, rcpt, 'QUIT'],
      'sender without a domain': [hello, 'MAIL FROM:<a>', rcpt, 'QUIT'],
      'sender without a dot': [hello, 'MAIL FROM:<a@host>', rcpt, 'QUIT'],
      'null sender passes non_fqdn': [hello, 'MAIL FROM:<>', rcpt, 'QUIT'],
      'recipient without a domain': [...opening, 'RCPT TO:<oyaji>', 'QUIT'],
      'recipient without a dot': [...opening, 'RCPT TO:<oyaji@localhost>', 'QUIT'],
      'null sender, two recipients': [
        hello,
        'MAIL FROM:<>',
        rcpt,
        'RCPT TO:<taro@example.test>',
        'QUIT',
      ],
      'VRFY is disabled': [hello, 'VRFY oyaji', 'QUIT'],
    },
  },
  {
    name: 'combinations',
    configuration: variant({
      smtpd_client_restrictions: 'warn_if_reject check_client_access inline:{127.0.0.2=REJECT}',
      smtpd_sender_restrictions:
        'check_sender_access inline:{dip@c.example=DEFER_IF_PERMIT, { dir@c.example=DEFER_IF_REJECT }, class@c.example=myclass, warn@c.example=warnclass}',
      smtpd_recipient_restrictions:
        'check_recipient_access inline:{yuki@example.test=REJECT}, permit',
      smtpd_restriction_classes: 'myclass, warnclass',
      myclass: 'check_recipient_access inline:{taro@example.test=REJECT}, permit',
      warnclass: 'warn_if_reject reject, permit',
    }),
    dialogues: {
      'warn_if_reject lets through and logs': [outsider, ...opening, rcpt, 'QUIT'],
      'defer_if_permit, then permit': [hello, 'MAIL FROM:<dip@c.example>', rcpt, 'QUIT'],
      'defer_if_permit, then reject': [
        hello,
        'MAIL FROM:<dip@c.example>',
        'RCPT TO:<yuki@example.test>',
        'QUIT',
      ],
      'defer_if_reject, then permit': [hello, 'MAIL FROM:<dir@c.example>', rcpt, 'QUIT'],
      'defer_if_reject, then reject': [
        hello,
        'MAIL FROM:<dir@c.example>',
        'RCPT TO:<yuki@example.test>',
        'QUIT',
      ],
      'restriction class': [
        hello,
        'MAIL FROM:<class@c.example>',
        rcpt,
        'RCPT TO:<taro@example.test>',
        'QUIT',
      ],
      'warn_if_reject reject': [hello, 'MAIL FROM:<warn@c.example>', rcpt, 'QUIT'],
    },
  },
  {
    name: 'names and DNS',
    configuration: variant({
      smtpd_client_restrictions:
        'check_client_access inline:{127.0.0.1=OK}, reject_unknown_client_hostname, reject_rbl_client bl.example.test',
      smtpd_sender_restrictions:
        'reject_unknown_sender_domain, reject_rhsbl_sender rhsbl.example.test',
      smtpd_recipient_restrictions: 'reject_unknown_recipient_domain, permit',
    }),
    dialogues: {
      'localhost by its name': [...opening, rcpt, 'QUIT'],
      'a client without a name': [outsider, ...opening, rcpt, 'QUIT'],
      'a client with a verified name, listed': [named, ...opening, rcpt, 'QUIT'],
      'a client whose name lies': [liar, ...opening, rcpt, 'QUIT'],
      'a client whose name is gone': [half, ...opening, rcpt, 'QUIT'],
      'an unknown sender domain': [hello, 'MAIL FROM:<a@nowhere.invalid>', rcpt, 'QUIT'],
      'a sender domain that fails': [hello, 'MAIL FROM:<a@servfail.test>', rcpt, 'QUIT'],
      'a sender domain with a null MX': [hello, 'MAIL FROM:<a@nomail.example>', rcpt, 'QUIT'],
      'a listed sender domain': [hello, 'MAIL FROM:<a@badsender.example>', rcpt, 'QUIT'],
      'an unknown recipient domain': [...opening, 'RCPT TO:<x@nowhere.invalid>', 'QUIT'],
      'a recipient domain that fails': [...opening, 'RCPT TO:<x@servfail.test>', 'QUIT'],
      'a recipient domain with a null MX': [...opening, 'RCPT TO:<x@nomail.example>', 'QUIT'],
    },
  },
  {
    name: 'reverse names',
    configuration: variant({
      smtpd_client_restrictions:
        'reject_unknown_reverse_client_hostname, check_reverse_client_hostname_access inline:{liar.example.test=REJECT}',
      smtpd_helo_restrictions: 'reject_unknown_helo_hostname',
      smtpd_reject_unlisted_sender: 'yes',
      unknown_address_reject_code: '554',
      unverified_sender_reject_code: undefined,
    }),
    dialogues: {
      'no reverse name': [outsider, 'EHLO sender.example', mail, rcpt, 'QUIT'],
      'a reverse name in a table': [liar, 'EHLO sender.example', mail, rcpt, 'QUIT'],
      'an unknown helo name': ['EHLO nowhere.invalid', mail, rcpt, 'QUIT'],
      'a known helo name': ['EHLO sender.example', mail, rcpt, 'QUIT'],
      'a helo name that fails': ['EHLO servfail.test', mail, rcpt, 'QUIT'],
      'an unlisted local sender': [
        'EHLO sender.example',
        'MAIL FROM:<ghost@example.test>',
        rcpt,
        'QUIT',
      ],
      'a listed local sender': [
        'EHLO sender.example',
        'MAIL FROM:<oyaji@example.test>',
        rcpt,
        'QUIT',
      ],
    },
  },
  {
    name: 'hosts behind names',
    configuration: variant({
      smtpd_helo_restrictions: 'check_helo_a_access inline:{{192.0.2=REJECT helo}}',
      smtpd_sender_restrictions:
        'check_sender_mx_access inline:{{mx.good.example=REJECT by name}, {127.0.0.10=450 4.7.3 by address}, 192.0.2.25=OK}, check_sender_ns_access inline:{x=REJECT}, check_sender_a_access inline:{{127.0.0.1=REJECT address}}',
      smtpd_recipient_restrictions:
        'permit_dnswl_client bl.example.test, permit_rhswl_client rhsbl.example.test, check_recipient_mx_access inline:{127.0.0.9=REJECT}, reject_unauth_destination',
      smtpd_relay_restrictions: '',
    }),
    dialogues: Object.fromEntries(
      [
        'good.example',
        'aonly.example',
        'two.example',
        'self.example',
        'sender.example',
        'nomail.example',
        'noaddress.example',
        'nowhere.invalid',
        'x.servfail.test',
        '[127.0.0.9]',
      ].map((domain) => [
        `sender at ${domain}`,
        [client('127.0.0.2'), hello, `MAIL FROM:<a@${domain}>`, rcpt, 'QUIT'],
      ]),
    ),
  },
  ...['', '127.0.0.0/8', 'mx.good.example, 192.0.2.0/24', 'broken:x'].map((networks) => ({
    name: `backup of ${networks || 'whomever'}`,
    configuration: variant({
      smtpd_recipient_restrictions: 'permit_mx_backup, reject_unauth_destination',
      smtpd_relay_restrictions: '',
      permit_mx_backup_networks: networks === 'broken:x' ? 'fail:x' : networks,
      smtpd_log_access_permit_actions: 'static:all',
      mynetworks: '127.0.0.1',
    }),
    dialogues: {
      'those whose backup we are': [
        outsider,
        ...opening,
        ...[
          'backup',
          'backup-by-name',
          'backup-of-two',
          'backup-lost',
          'backup-gone',
          'self',
          'good',
          'two',
          'aonly',
          'nomail',
          'noaddress',
          'nowhere',
        ].map((name) => `RCPT TO:<x@${name}.example>`),
        'RCPT TO:<x@backup.example>',
        'RCPT TO:<x@y.servfail.test>',
        'QUIT',
      ],
      'others that we answer for': [
        outsider,
        ...opening,
        rcpt,
        'RCPT TO:<known@relay.test>',
        'RCPT TO:<box@vbox.test>',
        'RCPT TO:<x%elsewhere.example@backup.example>',
        'RCPT TO:<x@elsewhere.example@backup.example>',
        'RCPT TO:<x@[127.0.0.9]>',
        'RCPT TO:<x@[127.0.0.1]>',
        'RCPT TO:<postmaster>',
        'QUIT',
      ],
    },
  })),
  {
    name: 'backup and DNS trouble',
    configuration: variant({
      smtpd_recipient_restrictions: 'permit_mx_backup, reject',
      smtpd_relay_restrictions: 'permit_mx_backup, defer_unauth_destination',
      mynetworks: '127.0.0.1',
    }),
    dialogues: {
      'a refusal waits': [
        outsider,
        ...opening,
        'RCPT TO:<x@y.servfail.test>',
        'RCPT TO:<x@far.example>',
        'QUIT',
      ],
    },
  },
  ...['defer', 'defer_if_permit'].map((action) => ({
    name: `reject_tempfail_action = ${action}`,
    configuration: variant({
      reject_tempfail_action: action,
      smtpd_helo_restrictions: 'reject_unknown_helo_hostname',
      smtpd_sender_restrictions: 'reject_unknown_sender_domain',
      smtpd_recipient_restrictions: 'reject_unknown_recipient_domain, reject_unauth_destination',
      smtpd_relay_restrictions: '',
    }),
    dialogues: {
      'trouble with each': [
        'EHLO x.servfail.test',
        'MAIL FROM:<a@x.servfail.test>',
        rcpt,
        'RCPT TO:<x@far.example>',
        'RSET',
        'EHLO sender.example',
        mail,
        'RCPT TO:<x@y.servfail.test>',
        rcpt,
        'QUIT',
      ],
    },
  })),
  {
    name: 'a message from MAIL on',
    configuration: variant({
      smtpd_delay_open_until_valid_rcpt: 'no',
      smtpd_recipient_restrictions: 'reject_unauth_destination',
      smtpd_relay_restrictions: '',
    }),
    dialogues: {
      'refused recipients have its name': [
        outsider,
        ...opening,
        'RCPT TO:<x@far.example>',
        rcpt,
        'RCPT TO:<nobody@example.test>',
        'DATA',
        content(message),
        'QUIT',
      ],
      'none is good': [...opening, 'RCPT TO:<nobody@example.test>', 'DATA', 'RSET', 'QUIT'],
      'given up': [...opening, 'RSET', mail, 'MAIL FROM:<>', 'EHLO x', 'MAIL FROM:<>', 'QUIT'],
      'a refused sender': [hello, 'MAIL FROM:<a@-b>', 'QUIT'],
    },
  },
  {
    name: 'DNS answers filtered',
    configuration: variant(
      {
        smtpd_dns_reply_filter: 'regexp:@etc@/dns-filter',
        smtpd_helo_restrictions: 'reject_unknown_helo_hostname',
        smtpd_sender_restrictions: 'reject_unknown_sender_domain',
        smtpd_client_restrictions: 'reject_rbl_client bl.example.test',
        smtpd_recipient_restrictions:
          'check_sender_mx_access inline:{127.0.0.10=REJECT}, permit_mx_backup, reject_unknown_recipient_domain, reject_unauth_destination',
        smtpd_relay_restrictions: '',
        mynetworks: '127.0.0.1',
      },
      {
        files: {
          'dns-filter': [
            '/^good\\.example\\. [0-9]+ IN MX 10 mx\\.good\\.example\\.$/ IGNORE',
            '/^aonly\\.example\\. [0-9]+ IN A 127\\.0\\.0\\.9$/ ignore',
            '/^two\\.example\\. [0-9]+ IN MX 10 / IGNORE',
            '/^backup\\.example\\. [0-9]+ IN MX / IGNORE',
            '/^sender\\.example\\. [0-9]+ IN A / NONSENSE',
            '/^4\\.0\\.0\\.127\\.bl\\.example\\.test\\. [0-9]+ IN A / IGNORE',
            '',
          ].join('\n'),
        },
      },
    ),
    dialogues: {
      'all MX gone': [outsider, 'EHLO good.example', 'MAIL FROM:<a@good.example>', rcpt, 'QUIT'],
      'the address gone': [
        outsider,
        'EHLO aonly.example',
        'MAIL FROM:<a@aonly.example>',
        rcpt,
        'QUIT',
      ],
      'one MX gone': [outsider, 'EHLO two.example', 'MAIL FROM:<a@two.example>', rcpt, 'QUIT'],
      'an action that does not exist': [outsider, 'EHLO mail.sender.example', mail, rcpt, 'QUIT'],
      'an action that does not exist, of an address': [
        outsider,
        'EHLO sender.example',
        'MAIL FROM:<>',
        rcpt,
        'QUIT',
      ],
      recipients: [
        outsider,
        hello,
        'MAIL FROM:<>',
        ...['good', 'aonly', 'two', 'backup'].map((name) => `RCPT TO:<x@${name}.example>`),
        'QUIT',
      ],
      'a list': [named, 'EHLO mx.good.example', 'MAIL FROM:<>', rcpt, 'QUIT'],
    },
  },
  {
    name: 'hosts behind recipients',
    configuration: variant({
      smtpd_recipient_restrictions:
        'permit_dnswl_client bl.example.test, permit_rhswl_client rhsbl.example.test, check_recipient_mx_access inline:{127.0.0.9=REJECT}, reject_unauth_destination',
      smtpd_relay_restrictions: '',
      relay_domains: 'good.example',
      mynetworks: '127.0.0.1',
    }),
    dialogues: {
      'a good list lets nobody relay': [named, hello, mail, 'RCPT TO:<x@far.example>', 'QUIT'],
      'a good list permits what is ours': [named, hello, mail, 'RCPT TO:<x@good.example>', 'QUIT'],
      'the hosts of a recipient': [outsider, hello, mail, 'RCPT TO:<x@good.example>', 'QUIT'],
      'a HELO name with hosts': [outsider, 'EHLO sender.example', mail, rcpt, 'QUIT'],
    },
  },
  {
    name: 'wrong settings',
    configuration: variant({
      smtpd_recipient_restrictions: 'permit_mynetworks',
      smtpd_sender_restrictions: 'no_such_restriction',
      smtpd_helo_restrictions: 'check_helo_access',
    }),
    dialogues: {
      'an unknown restriction': [hello, mail, rcpt, 'QUIT'],
    },
  },
  {
    name: 'no relay control',
    configuration: variant({ smtpd_relay_restrictions: '', smtpd_recipient_restrictions: '' }),
    dialogues: { 'smtpd refuses to run unsafe': [hello, mail, rcpt, 'QUIT'] },
  },
];
