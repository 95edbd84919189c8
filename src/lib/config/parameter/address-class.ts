/** config/parameter/address-class - who we are and which domains are ours. */
import { bool, string, works } from '../parameter.js';

export const addressClassParameters = {
  alias_database: string({
    default: 'hash:/etc/aliases',
    by: ['sendmail', 'postalias'],
    doc: 'The alias files that newaliases builds.',
    status: works,
  }),
  alias_maps: string({
    default: 'hash:/etc/aliases, nis:mail.aliases',
    by: ['local'],
    doc: 'The tables in which local looks up aliases.',
    status: works,
  }),
  default_transport: string({
    default: 'smtp',
    by: ['trivial-rewrite'],
    doc: 'Transport of mail for other domains.',
    status: works,
  }),
  inet_interfaces: string({
    default: 'all',
    by: ['smtpd', 'smtp', 'master'],
    doc: 'Addresses of this machine on which mail is received.',
    status: works,
  }),
  inet_protocols: string({
    default: 'all',
    by: ['smtpd', 'smtp', 'master'],
    doc: 'ipv4, ipv6, or all.',
    status: works,
  }),
  local_recipient_maps: string({
    default: 'proxy:unix:passwd.byname $alias_maps',
    by: ['smtpd'],
    doc: 'Tables of all local recipients; others are refused. Empty: no check.',
    status: works,
  }),
  local_transport: string({
    default: 'local:$myhostname',
    by: ['trivial-rewrite'],
    doc: 'Transport of mail for mydestination.',
    status: works,
  }),
  mydestination: string({
    default: '$myhostname, localhost.$mydomain, localhost',
    by: ['smtpd'],
    doc: 'Domains whose mail is delivered here, to local users.',
    status: works,
  }),
  mydomain: string({ default: 'localdomain', doc: "This machine's domain.", status: works }),
  myhostname: string({
    default: 'vm.localdomain',
    by: ['smtpd', 'cleanup'],
    doc: "This machine's full name.",
    status: works,
  }),
  mynetworks: string({
    default: '127.0.0.0/8 192.0.2.0/24 [::1]/128 [fd00::]/64 [fe80::]/64',
    by: ['smtpd'],
    doc: 'Networks of trusted clients.',
    status: works,
  }),
  mynetworks_style: string({
    default: '${{$compatibility_level} <level {2} ? {subnet} : {host}}',
    doc: 'How mynetworks is made when it is not set: host, subnet, class.',
    status: works,
  }),
  myorigin: string({
    default: '$myhostname',
    by: ['smtpd', 'cleanup', 'trivial-rewrite'],
    doc: 'Domain of mail that is sent from here.',
    status: works,
  }),
  parent_domain_matches_subdomains: string({
    default:
      'debug_peer_list,fast_flush_domains,mynetworks,permit_mx_backup_networks,qmqpd_authorized_clients,relay_domains,smtpd_access_maps',
    by: ['smtpd', 'trivial-rewrite', 'flush'],
    doc: 'Settings in which a domain also means all names below it.',
    status: works,
  }),
  permit_mx_backup_networks: string({
    default: '',
    by: ['smtpd'],
    doc: 'Networks that must hold the best mail exchanger for permit_mx_backup.',
  }),
  proxy_interfaces: string({
    default: '',
    by: ['smtpd', 'smtp'],
    doc: 'Addresses by which this machine is reached from outside, through a proxy or NAT.',
    status: works,
  }),
  recipient_delimiter: string({
    default: '',
    by: ['smtpd', 'trivial-rewrite', 'local', 'pipe', 'postdrop'],
    doc: 'Characters between a user name and its extension.',
    status: works,
  }),
  relay_domains: string({
    default: '${{$compatibility_level} <level {2} ? {$mydestination} : {}}',
    by: ['smtpd'],
    doc: 'Domains for which mail is relayed.',
    status: works,
  }),
  relay_recipient_maps: string({
    default: '',
    by: ['smtpd'],
    doc: 'Tables of all recipients in relay_domains; others are refused. Empty: no check.',
    status: works,
  }),
  relay_transport: string({
    default: 'relay',
    by: ['trivial-rewrite'],
    doc: 'Transport of mail for relay_domains.',
    status: works,
  }),
  relayhost: string({
    default: '',
    by: ['trivial-rewrite'],
    doc: 'Next hop of all mail for other domains.',
    status: works,
  }),
  relocated_maps: string({
    default: '',
    by: ['trivial-rewrite'],
    doc: 'Tables of users who moved.',
    status: works,
  }),
  relocated_prefix_enable: bool({
    default: 'yes',
    doc: 'Begin relocated replies with `5.1.6 User has moved to`.',
  }),
  transport_maps: string({
    default: '',
    by: ['trivial-rewrite'],
    doc: 'Tables of transport:nexthop by recipient or domain.',
    status: works,
  }),
  virtual_alias_domains: string({
    default: '$virtual_alias_maps',
    by: ['smtpd'],
    doc: 'Domains whose recipients are all in virtual_alias_maps.',
    status: works,
  }),
  virtual_alias_maps: string({
    default: '$virtual_maps',
    by: ['smtpd', 'cleanup'],
    doc: 'Tables that redirect recipients.',
    status: works,
  }),
  virtual_mailbox_domains: string({
    default: '$virtual_mailbox_maps',
    by: ['smtpd', 'virtual'],
    doc: 'Domains whose mail is delivered into virtual mailboxes.',
    status: works,
  }),
  virtual_mailbox_maps: string({
    default: '',
    by: ['smtpd', 'virtual'],
    doc: 'Tables of mailboxes by recipient.',
    status: works,
  }),
  virtual_transport: string({
    default: 'virtual',
    by: ['trivial-rewrite', 'virtual'],
    doc: 'Transport of mail for virtual_mailbox_domains.',
    status: works,
  }),
};
