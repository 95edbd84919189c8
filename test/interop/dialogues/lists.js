/** lists - DNS lists with their replies, permits in the log, restrictions of old. */
import { hello, mail, opening, outsider, rcpt, variant } from './settings.js';

const from = (address) => ({ is: 'from', address });
const listed = from('127.0.0.4');
const inRange = from('127.0.0.7');
const relayed = 'RCPT TO:<x@far.example>';

const template =
  '$rbl_code 5.7.9 $rbl_class|$rbl_what|$rbl_domain|${rbl_reason?for $rbl_reason}${rbl_reason:no reason}|$client|$client_name|$client_address|$reverse_client_name|$helo_name|$sender|$sender_name|$sender_domain|$recipient|$recipient_name|$recipient_domain';

const everyList = [
  'reject_rbl_client bl.example.test=127.0.0.[2..4]',
  'reject_rbl_client range.example.test=127.0.0.[3;5..7]',
  'reject_rhsbl_client rhsbl.example.test',
  'reject_rhsbl_reverse_client rhsbl.example.test',
  'reject_rhsbl_helo rhsbl.example.test',
  'reject_rhsbl_sender rhsbl.example.test',
  'reject_rhsbl_recipient rhsbl.example.test',
  'permit',
].join(', ');

const listDialogues = {
  'a listed client': [listed, ...opening, rcpt, 'QUIT'],
  'an answer within the filter': [inRange, ...opening, rcpt, 'QUIT'],
  'an answer beside the filter': [from('127.0.0.8'), ...opening, rcpt, 'QUIT'],
  'a listed sender': [hello, 'MAIL FROM:<a@badsender.example>', rcpt, 'QUIT'],
  'a listed sender with a reason': [hello, 'MAIL FROM:<"a b"@reason.example>', rcpt, 'QUIT'],
  'a listed recipient': [hello, mail, 'RCPT TO:<x+y@badrcpt.example>', 'QUIT'],
  'a listed HELO': ['HELO bad.helo.example', mail, rcpt, 'QUIT'],
  'a HELO that is an address': ['HELO [192.0.2.1]', mail, rcpt, 'QUIT'],
  'the null sender': [hello, 'MAIL FROM:<>', rcpt, 'QUIT'],
};

const withLists = (main, replies = '') =>
  variant(
    {
      smtpd_recipient_restrictions: everyList,
      smtpd_relay_restrictions: 'permit_mynetworks, permit_auth_destination, reject',
      local_recipient_maps: '',
      ...main,
    },
    { files: { replies } },
  );

const permits = {
  'a host of the network': [...opening, rcpt, relayed, 'QUIT'],
  'an outsider': [outsider, ...opening, rcpt, relayed, 'QUIT'],
  'a sender whom a table permits': [outsider, hello, 'MAIL FROM:<ok@act.example>', rcpt, 'QUIT'],
  'a sender whom a number permits': [outsider, hello, 'MAIL FROM:<num@act.example>', rcpt, 'QUIT'],
  'a sender who is discarded': [
    outsider,
    hello,
    'MAIL FROM:<gone@act.example>',
    rcpt,
    relayed,
    'RCPT TO:<nobody@example.test>',
    'QUIT',
  ],
};
const permitting = (actions) =>
  variant({
    smtpd_log_access_permit_actions: actions,
    smtpd_client_restrictions: 'permit_inet_interfaces, permit_mynetworks, permit',
    smtpd_helo_restrictions: 'permit_mynetworks, warn_if_reject reject',
    smtpd_sender_restrictions:
      'check_sender_access inline:{ok@act.example=OK,num@act.example=12345,{gone@act.example=DISCARD away}}, permit_tls_all_clientcerts, permit_sasl_authenticated',
    smtpd_relay_restrictions: 'permit_mynetworks, permit_auth_destination, reject',
    smtpd_recipient_restrictions: 'permit_auth_destination, permit_mynetworks, reject',
  });

export default [
  { name: 'lists in the DNS', configuration: withLists({}), dialogues: listDialogues },
  {
    name: 'a reply of our own for all lists',
    configuration: withLists({ default_rbl_reply: template }),
    dialogues: listDialogues,
  },
  {
    name: 'replies by list',
    configuration: withLists(
      { rbl_reply_maps: 'texthash:@etc@/replies', maps_rbl_reject_code: '521' },
      `bl.example.test ${template}\nrange.example.test 450 4.7.1 later\nrhsbl.example.test $rbl_code $rbl_what\n`,
    ),
    dialogues: listDialogues,
  },
  {
    name: 'replies that are none',
    configuration: withLists(
      { rbl_reply_maps: 'texthash:@etc@/replies' },
      'bl.example.test no code here\nrange.example.test 250 welcome\nrhsbl.example.test 554\n',
    ),
    dialogues: listDialogues,
  },
  {
    name: 'a table of replies that is broken',
    configuration: withLists({ rbl_reply_maps: 'fail:1' }),
    dialogues: { 'a listed client': listDialogues['a listed client'] },
  },
  {
    name: 'reject_maps_rbl of old',
    configuration: variant({
      maps_rbl_domains: 'bl.example.test, range.example.test',
      smtpd_client_restrictions: 'reject_maps_rbl',
    }),
    dialogues: {
      'a listed client': listDialogues['a listed client'],
      'a client of the second list': [inRange, ...opening, rcpt, 'QUIT'],
      'a client of none': [...opening, rcpt, 'QUIT'],
    },
  },
  {
    name: 'a DNS list that fails',
    configuration: variant({ smtpd_recipient_restrictions: 'reject_rbl_client servfail.test' }),
    dialogues: { 'a client': [...opening, rcpt, 'QUIT'] },
  },
  { name: 'all permits are logged', configuration: permitting('static:all'), dialogues: permits },
  {
    name: 'some permits are logged',
    configuration: permitting('permit_mynetworks, OK'),
    dialogues: permits,
  },
  {
    name: 'the port of the client in the log',
    configuration: variant({ smtpd_client_port_logging: 'yes' }),
    dialogues: {
      'a message': [...opening, rcpt, relayed, 'RCPT TO:<nobody@example.test>', 'QUIT'],
    },
  },
];
