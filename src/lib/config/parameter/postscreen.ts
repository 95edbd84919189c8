/** config/parameter/postscreen - postscreen, which tests clients before smtpd sees them. */
import { bool, integer, raw, string, time } from '../parameter.js';

export const postscreenParameters = {
  dnsblog_reply_delay: time({
    default: '0s',
    doc: 'Artificial delay of DNS list answers, for tests.',
  }),
  postscreen_access_list: string({
    default: 'permit_mynetworks',
    by: ['postscreen'],
    doc: 'Clients that are let through or refused at once.',
  }),
  postscreen_allowlist_interfaces: string({
    default: '${postscreen_whitelist_interfaces?{$postscreen_whitelist_interfaces}:{static:all}}',
    by: ['postscreen'],
    doc: 'Local addresses on which clients can pass the tests.',
  }),
  postscreen_bare_newline_action: string({
    default: 'ignore',
    by: ['postscreen'],
    doc: 'What happens to clients that send bare newlines.',
  }),
  postscreen_bare_newline_enable: bool({
    default: 'no',
    by: ['postscreen'],
    doc: 'Test for bare newlines.',
  }),
  postscreen_bare_newline_ttl: time({
    default: '30d',
    min: 1,
    by: ['postscreen'],
    doc: 'How long the result of that test holds.',
  }),
  postscreen_cache_cleanup_interval: time({
    default: '12h',
    by: ['postscreen'],
    doc: 'Time between two sweeps of the result cache.',
  }),
  postscreen_cache_map: string({
    default: '$default_cache_db_type:$data_directory/postscreen_cache',
    by: ['postscreen'],
    doc: 'Table of test results.',
  }),
  postscreen_cache_retention_time: time({
    default: '7d',
    min: 1,
    by: ['postscreen'],
    doc: 'How long an expired result is kept.',
  }),
  postscreen_client_connection_count_limit: string({
    default: '$smtpd_client_connection_count_limit',
    by: ['postscreen'],
    doc: 'Connections of one client at a time.',
  }),
  postscreen_command_count_limit: integer({
    default: '20',
    min: 1,
    by: ['postscreen'],
    doc: 'Commands of one session.',
  }),
  postscreen_command_filter: string({
    default: '',
    by: ['postscreen'],
    doc: 'Table that changes client commands.',
  }),
  postscreen_command_time_limit: time({
    default: '${stress?{10}:{300}}s',
    min: 1,
    by: ['postscreen'],
    doc: 'Time limit of one command.',
  }),
  postscreen_denylist_action: string({
    default: '${postscreen_blacklist_action?{$postscreen_blacklist_action}:{ignore}}',
    by: ['postscreen'],
    doc: 'What happens to clients that postscreen_access_list refuses.',
  }),
  postscreen_disable_vrfy_command: string({
    default: '$disable_vrfy_command',
    by: ['postscreen'],
    doc: 'disable_vrfy_command of postscreen.',
  }),
  postscreen_discard_ehlo_keyword_address_maps: string({
    default: '$smtpd_discard_ehlo_keyword_address_maps',
    by: ['postscreen'],
    doc: 'smtpd_discard_ehlo_keyword_address_maps of postscreen.',
  }),
  postscreen_discard_ehlo_keywords: string({
    default: '$smtpd_discard_ehlo_keywords',
    by: ['postscreen'],
    doc: 'smtpd_discard_ehlo_keywords of postscreen.',
  }),
  postscreen_dnsbl_action: string({
    default: 'ignore',
    by: ['postscreen'],
    doc: 'What happens to clients with too high a DNS list score.',
  }),
  postscreen_dnsbl_allowlist_threshold: string({
    default: '${postscreen_dnsbl_whitelist_threshold?{$postscreen_dnsbl_whitelist_threshold}:{0}}',
    by: ['postscreen'],
    doc: 'Score at or below which other tests are skipped.',
  }),
  postscreen_dnsbl_max_ttl: time({
    default: '${postscreen_dnsbl_ttl?{$postscreen_dnsbl_ttl}:{1}}h',
    by: ['postscreen'],
    doc: 'Longest time a DNS list result holds.',
  }),
  postscreen_dnsbl_min_ttl: time({
    default: '60s',
    min: 1,
    by: ['postscreen'],
    doc: 'Shortest time a DNS list result holds.',
  }),
  postscreen_dnsbl_reply_map: string({
    default: '',
    by: ['postscreen'],
    doc: 'Names of DNS lists as clients are told.',
  }),
  postscreen_dnsbl_sites: string({
    default: '',
    by: ['postscreen', 'dnsblog'],
    doc: 'DNS lists with filters and weights.',
  }),
  postscreen_dnsbl_threshold: integer({
    default: '1',
    min: 1,
    by: ['postscreen'],
    doc: 'Score from which a client is refused.',
  }),
  postscreen_dnsbl_timeout: time({
    default: '10s',
    min: 1,
    by: ['postscreen'],
    doc: 'Time limit of DNS list lookups.',
  }),
  postscreen_enforce_tls: string({
    default: '$smtpd_enforce_tls',
    by: ['postscreen'],
    doc: 'Old form of postscreen_tls_security_level = encrypt.',
  }),
  postscreen_expansion_filter: raw({
    default: '$smtpd_expansion_filter',
    by: ['postscreen'],
    doc: 'Characters allowed in what $name brings into reject footers.',
  }),
  postscreen_forbidden_commands: string({
    default: '$smtpd_forbidden_commands',
    by: ['postscreen'],
    doc: 'Commands that end the session.',
  }),
  postscreen_greet_action: string({
    default: 'ignore',
    by: ['postscreen'],
    doc: 'What happens to clients that talk before their turn.',
  }),
  postscreen_greet_banner: string({
    default: '$smtpd_banner',
    by: ['postscreen'],
    doc: 'First part of the greeting, the bait.',
  }),
  postscreen_greet_ttl: time({
    default: '1d',
    min: 1,
    by: ['postscreen'],
    doc: 'How long the result of the greeting test holds.',
  }),
  postscreen_greet_wait: time({
    default: '${stress?{2}:{6}}s',
    min: 1,
    by: ['postscreen'],
    doc: 'How long the second part of the greeting is held back.',
  }),
  postscreen_helo_required: string({
    default: '$smtpd_helo_required',
    by: ['postscreen'],
    doc: 'smtpd_helo_required of postscreen.',
  }),
  postscreen_non_smtp_command_action: string({
    default: 'drop',
    by: ['postscreen'],
    doc: 'What happens to clients that send non-SMTP commands.',
  }),
  postscreen_non_smtp_command_enable: bool({
    default: 'no',
    by: ['postscreen'],
    doc: 'Test for non-SMTP commands.',
  }),
  postscreen_non_smtp_command_ttl: time({
    default: '30d',
    min: 1,
    by: ['postscreen'],
    doc: 'How long the result of that test holds.',
  }),
  postscreen_pipelining_action: string({
    default: 'enforce',
    by: ['postscreen'],
    doc: 'What happens to clients that send several commands at once.',
  }),
  postscreen_pipelining_enable: bool({
    default: 'no',
    by: ['postscreen'],
    doc: 'Test for commands sent too early.',
  }),
  postscreen_pipelining_ttl: time({
    default: '30d',
    min: 1,
    by: ['postscreen'],
    doc: 'How long the result of that test holds.',
  }),
  postscreen_post_queue_limit: string({
    default: '$default_process_limit',
    by: ['postscreen'],
    doc: 'Clients that wait for a server process.',
  }),
  postscreen_pre_queue_limit: string({
    default: '$default_process_limit',
    by: ['postscreen'],
    doc: 'Clients under test.',
  }),
  postscreen_reject_footer: raw({
    default: '$smtpd_reject_footer',
    by: ['postscreen'],
    doc: 'smtpd_reject_footer of postscreen.',
  }),
  postscreen_reject_footer_maps: string({
    default: '$smtpd_reject_footer_maps',
    by: ['postscreen'],
    doc: 'smtpd_reject_footer_maps of postscreen.',
  }),
  postscreen_tls_security_level: string({
    default: '$smtpd_tls_security_level',
    by: ['postscreen'],
    doc: 'smtpd_tls_security_level of postscreen.',
  }),
  postscreen_upstream_proxy_protocol: string({
    default: '',
    by: ['postscreen'],
    doc: 'smtpd_upstream_proxy_protocol of postscreen.',
  }),
  postscreen_upstream_proxy_timeout: time({
    default: '5s',
    min: 1,
    by: ['postscreen'],
    doc: 'smtpd_upstream_proxy_timeout of postscreen.',
  }),
  postscreen_use_tls: string({
    default: '$smtpd_use_tls',
    by: ['postscreen'],
    doc: 'Old form of postscreen_tls_security_level = may.',
  }),
  postscreen_watchdog_timeout: time({
    default: '10s',
    min: 10,
    by: ['postscreen'],
    doc: 'Time limit of one postscreen event.',
  }),
};
