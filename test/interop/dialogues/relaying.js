/** relaying - the relay decision under old and new settings, and the guide's. */
import { content } from '../../support/dialogue.js';
import { hello, mail, opening, outsider, rcpt, variant } from './settings.js';

const message = 'Subject: test\n\nhello\n';
const addresses = [
  'oyaji@example.test',
  'x@far.example',
  'known@relay.test',
  'other@relay.test',
  'ghost@example.test',
  'x%far.example@example.test',
];
const tries = (prefix) =>
  Object.fromEntries(
    addresses.flatMap((address) => [
      [
        `${prefix}outsider to ${address}`,
        [outsider, hello, mail, `RCPT TO:<${address}>`, 'DATA', 'QUIT'],
      ],
      [`${prefix}insider to ${address}`, [hello, mail, `RCPT TO:<${address}>`, 'QUIT']],
    ]),
  );

export default [
  {
    name: 'guide',
    configuration: variant({
      compatibility_level: undefined,
      relay_domains: '$mydestination',
      relay_recipient_maps: undefined,
      smtpd_recipient_restrictions:
        'permit_mynetworks,permit_sasl_authenticated,reject_unauth_destination',
    }),
    dialogues: {
      'EHLO has no SMTPUTF8': [hello, 'QUIT'],
      ...tries(''),
      'four names': [
        outsider,
        ...opening,
        'RCPT TO:<oyaji@mail.example.test>',
        'RCPT TO:<oyaji@localhost.example.test>',
        'RCPT TO:<oyaji@localhost>',
        rcpt,
        'DATA',
        content(message),
        'QUIT',
      ],
      'subdomain of mydomain is relayed to relay_domains': [
        outsider,
        ...opening,
        'RCPT TO:<x@sub.example.test>',
        'QUIT',
      ],
      'SMTPUTF8 is refused': [hello, 'MAIL FROM:<a@sender.example> SMTPUTF8', 'QUIT'],
    },
  },
  {
    name: 'level 0 defaults',
    configuration: variant({
      compatibility_level: '0',
      smtpd_recipient_restrictions: 'permit_mynetworks, reject_unauth_destination',
    }),
    dialogues: {
      ...tries(''),
      append_dot_mydomain: [...opening, 'RCPT TO:<oyaji@mail>', 'RCPT TO:<x@other>', 'QUIT'],
    },
  },
  {
    name: 'level 2',
    configuration: variant({ compatibility_level: '2', relay_domains: undefined }),
    dialogues: {
      ...tries(''),
      'no append_dot_mydomain': [...opening, 'RCPT TO:<oyaji@mail>', 'RCPT TO:<x@other>', 'QUIT'],
    },
  },
  {
    name: 'reject at once',
    configuration: variant({
      smtpd_delay_reject: 'no',
      smtpd_client_restrictions: 'permit_mynetworks, reject',
      smtpd_helo_required: 'yes',
    }),
    dialogues: {
      'outsider is refused at connect': [outsider, hello, mail, rcpt, 'QUIT'],
      'outsider quits at once': [outsider, 'QUIT'],
      'outsider says NOOP, RSET, HELP, VRFY': [
        outsider,
        'NOOP',
        'RSET',
        'HELP',
        'VRFY oyaji',
        'QUIT',
      ],
      'insider is welcome': [hello, mail, rcpt, 'QUIT'],
    },
  },
  {
    name: 'reject late',
    configuration: variant({ smtpd_client_restrictions: 'permit_mynetworks, reject' }),
    dialogues: {
      'outsider is refused at RCPT': [outsider, hello, mail, rcpt, 'DATA', 'QUIT'],
      'outsider: VRFY and ETRN': [outsider, hello, 'VRFY oyaji', 'ETRN relay.test', 'QUIT'],
    },
  },
  {
    name: 'mynetworks by style',
    configuration: variant({ mynetworks: undefined, mynetworks_style: 'host' }),
    dialogues: {
      'host: the own address': [hello, mail, 'RCPT TO:<x@far.example>', 'QUIT'],
      'host: another loopback address': [outsider, hello, mail, 'RCPT TO:<x@far.example>', 'QUIT'],
    },
  },
  {
    name: 'mynetworks with exclusions and files',
    configuration: variant(
      { mynetworks: '!127.0.0.3, @etc@/networks, cidr:@etc@/networks.cidr' },
      { files: { networks: '# comment\n127.0.0.2/31\n', 'networks.cidr': '127.0.0.4 x\n' } },
    ),
    dialogues: Object.fromEntries(
      ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4'].map((address) => [
        `client ${address}`,
        [{ is: 'from', address }, hello, mail, 'RCPT TO:<x@far.example>', 'QUIT'],
      ]),
    ),
  },
  {
    name: 'defer and reject',
    configuration: variant({
      smtpd_relay_restrictions: 'permit_mynetworks, defer_unauth_destination',
      unknown_local_recipient_reject_code: '450',
      relay_domains_reject_code: undefined,
      relay_recipient_maps: undefined,
    }),
    dialogues: { ...tries('') },
  },
  {
    name: 'soft bounce',
    configuration: variant({
      soft_bounce: 'yes',
      smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
    }),
    dialogues: {
      ...tries(''),
      'syntax errors stay': [hello, 'BOGUS', 'MAIL', mail, 'RCPT', 'QUIT'],
    },
  },
  {
    name: 'relay codes',
    configuration: variant(
      {
        smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
        relay_domains: 'relay.test, texthash:@etc@/relay-table',
        relay_recipient_maps: '',
        smtpd_reject_footer:
          '\\c. For help, call 1-800-HELP; client $client_address, server $server_name',
      },
      { files: { 'relay-table': 'second.test x\n' } },
    ),
    dialogues: {
      ...tries(''),
      'relay domain from a table': [outsider, ...opening, 'RCPT TO:<x@second.test>', 'QUIT'],
      'null sender relay': [outsider, hello, 'MAIL FROM:<>', 'RCPT TO:<x@far.example>', 'QUIT'],
      'footer on other errors': [hello, 'BOGUS', rcpt, 'QUIT'],
    },
  },
];
