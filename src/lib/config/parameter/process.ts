/** config/parameter/process - processes, logging, and internal services. */
import { bool, integer, noEffect, string, time, works } from '../parameter.js';

export const processParameters = {
  address_verify_service_name: string({
    default: 'verify',
    doc: 'Name of the address_verify service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  application_event_drain_time: time({
    default: '100s',
    by: ['postkick'],
    doc: 'How long postkick and others wait for requests to drain.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  berkeley_db_create_buffer_size: integer({
    default: '16777216',
    by: ['postmap', 'postalias'],
    doc: 'Memory for building hash and btree tables.',
    status: noEffect('tables are read by our own code'),
  }),
  berkeley_db_read_buffer_size: integer({
    default: '131072',
    by: ['postmap', 'postalias'],
    doc: 'Memory for reading hash and btree tables.',
    status: noEffect('tables are read by our own code'),
  }),
  bounce_service_name: string({
    default: 'bounce',
    doc: 'Name of the bounce service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  cleanup_service_name: string({
    default: 'cleanup',
    doc: 'Name of the cleanup service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  connection_cache_service_name: string({
    default: 'scache',
    doc: 'Name of the connection_cache service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  daemon_table_open_error_is_fatal: bool({
    default: 'no',
    doc: 'End a program that cannot open a table, instead of answering 4xx.',
  }),
  daemon_timeout: time({
    default: '18000s',
    doc: 'How long a daemon may take for one request before its watchdog ends it.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  debug_peer_level: integer({
    default: '2',
    by: ['smtpd', 'smtp', 'qmqpd', 'sendmail'],
    doc: 'How much more is logged for debug_peer_list.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  debug_peer_list: string({
    default: '',
    by: ['smtpd', 'smtp', 'qmqpd', 'sendmail'],
    doc: 'Remote names, addresses and networks for which more is logged.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  debugger_command: string({
    default: '',
    by: ['master', 'sendmail'],
    doc: 'Command run when a daemon is started with -D.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  default_cache_db_type: string({
    default: '${{$default_database_type} == {lmdb} ? {lmdb} : {btree}}',
    doc: 'Type of the tables that caches use.',
  }),
  default_database_type: string({
    default: 'hash',
    by: ['sendmail', 'postmap', 'postalias'],
    doc: 'Type of table that postmap and newaliases build when none is named.',
    status: works,
  }),
  default_process_limit: integer({
    default: '100',
    by: ['master'],
    doc: 'Processes (here sessions or deliveries) of a service at a time.',
  }),
  defer_service_name: string({
    default: 'defer',
    doc: 'Name of the defer service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  delay_logging_resolution_limit: integer({
    default: '2',
    by: ['smtp', 'cleanup', 'qmgr', 'local', 'virtual', 'pipe', 'error', 'discard', 'postscreen'],
    doc: 'Digits after the point in logged delays.',
  }),
  deliver_lock_attempts: integer({
    default: '20',
    by: ['bounce', 'local', 'virtual'],
    doc: 'How often a mailbox lock is tried.',
    status: works,
  }),
  deliver_lock_delay: time({
    default: '1s',
    by: ['bounce', 'local', 'virtual'],
    doc: 'Wait between two tries for a mailbox lock.',
    status: works,
  }),
  dns_ncache_ttl_fix_enable: bool({
    default: 'no',
    by: ['postscreen'],
    doc: 'Keep negative DNS answers by the SOA record of the answer.',
  }),
  dnsblog_service_name: string({
    default: 'dnsblog',
    by: ['postscreen'],
    doc: 'Name of the dnsblog service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  dnssec_probe: string({
    default: 'ns:.',
    by: ['smtp'],
    doc: 'A query that shows whether the resolver validates.',
  }),
  error_service_name: string({
    default: 'error',
    doc: 'Name of the error service in master.cf.',
    status: works,
  }),
  export_environment: string({
    default: 'TZ MAIL_CONFIG LANG',
    by: ['local', 'pipe', 'spawn'],
    doc: 'Environment variables that external commands get.',
    status: works,
  }),
  fault_injection_code: integer({
    default: '0',
    doc: 'For tests: which error is made on purpose.',
  }),
  flush_service_name: string({
    default: 'flush',
    doc: 'Name of the flush service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  fork_attempts: integer({
    default: '5',
    by: ['sendmail'],
    doc: 'How often starting a process is tried.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  fork_delay: time({
    default: '1s',
    by: ['sendmail'],
    doc: 'Wait between two tries to start a process.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  helpful_warnings: bool({
    default: 'yes',
    by: ['trivial-rewrite', 'qmgr'],
    doc: 'Log hints about likely mistakes in the settings.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  import_environment: string({
    default:
      'MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ XAUTHORITY DISPLAY LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME',
    doc: 'Environment variables that are kept from the parent process.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  ipc_idle: time({
    default: '5s',
    doc: 'How long an idle internal connection is kept.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  ipc_timeout: time({
    default: '3600s',
    doc: 'Time limit of one internal request.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  ipc_ttl: time({
    default: '1000s',
    doc: 'How long an internal connection is used at most.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  known_tcp_ports: string({
    default: 'lmtp=24, smtp=25, smtps=submissions=465, submission=587',
    by: ['smtpd', 'smtp', 'master'],
    doc: 'Ports of service names, asked before /etc/services.',
  }),
  lmdb_map_size: integer({
    default: '16777216',
    by: ['postmap', 'postalias'],
    doc: 'Initial size of lmdb tables.',
    status: works,
  }),
  maillog_file: string({
    default: '',
    by: ['postlogd', 'postfix', 'postlog'],
    doc: 'File of the log; empty: syslog.',
    status: works,
  }),
  maillog_file_compressor: string({
    default: 'gzip',
    by: ['postfix'],
    doc: 'Command for `postfix logrotate`.',
  }),
  maillog_file_permissions: string({ default: '0600', doc: 'Mode of the log file.' }),
  maillog_file_prefixes: string({
    default: '/var, /dev/stdout',
    by: ['postfix'],
    doc: 'Directories in which maillog_file may be.',
    status: works,
  }),
  maillog_file_rotate_suffix: string({
    default: '%Y%m%d-%H%M%S',
    by: ['postfix'],
    doc: 'Date format that `postfix logrotate` appends.',
  }),
  master_service_disable: string({
    default: '',
    by: ['master'],
    doc: 'Services of master.cf that are not started.',
  }),
  max_idle: time({
    default: '100s',
    doc: 'How long an idle process waits for work.',
    status: works,
  }),
  max_use: integer({
    default: '100',
    doc: 'Connections after which a process ends.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  multi_instance_directories: string({
    default: '',
    by: ['postfix', 'sendmail', 'postmulti'],
    doc: 'Configuration directories of further instances.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  multi_instance_enable: bool({
    default: 'no',
    by: ['postfix', 'postmulti'],
    doc: 'Whether postmulti may start this instance.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  multi_instance_group: string({
    default: '',
    by: ['postfix', 'postmulti'],
    doc: 'Group of this instance.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  multi_instance_name: string({
    default: '',
    by: ['postfix', 'postmulti'],
    doc: 'Name of this instance.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  multi_instance_wrapper: string({
    default: '',
    by: ['postfix'],
    doc: 'Command that manages several instances.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  non_bdb_custom_mapping: string({
    default: '',
    doc: 'Which types take the place of hash and btree where Berkeley DB is missing.',
    status: noEffect('Berkeley DB files are read by our own code'),
  }),
  non_bdb_migration_allow_root_prefixes: string({
    default: '',
    doc: 'Where tables of root may be rebuilt in another type.',
    status: noEffect('Berkeley DB files are read by our own code'),
  }),
  non_bdb_migration_allow_user_prefixes: string({
    default: '',
    doc: 'Where tables of users may be rebuilt in another type.',
    status: noEffect('Berkeley DB files are read by our own code'),
  }),
  non_bdb_migration_level: string({
    default: 'disable',
    doc: 'How far hash and btree are replaced where Berkeley DB is missing.',
    status: noEffect('Berkeley DB files are read by our own code'),
  }),
  non_bdb_migration_log_redirect: bool({
    default: 'yes',
    doc: 'Log each table that is opened as another type.',
    status: noEffect('Berkeley DB files are read by our own code'),
  }),
  pickup_service_name: string({
    default: 'pickup',
    doc: 'Name of the pickup service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  postlog_service_name: string({
    default: 'postlog',
    by: ['postfix', 'postlog'],
    doc: 'Name of the postlog service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  postlogd_watchdog_timeout: time({
    default: '10s',
    by: ['postlogd'],
    doc: 'Time limit of one postlogd request.',
  }),
  postmulti_control_commands: string({
    default: 'reload flush',
    by: ['postmulti'],
    doc: 'Commands that postmulti runs for instances that are enabled.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  postmulti_start_commands: string({
    default: 'start',
    by: ['postmulti'],
    doc: 'Commands that start an instance.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  postmulti_stop_commands: string({
    default: 'stop abort drain quick-stop',
    by: ['postmulti'],
    doc: 'Commands that stop an instance.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  process_id: integer({
    default: '',
    doc: 'Number of the process.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  process_id_directory: string({
    default: 'pid',
    doc: 'Where the process lock file is, below queue_directory.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  process_name: string({
    default: '',
    doc: 'Name of the program.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  proxy_read_maps: string({
    default:
      '$local_recipient_maps $mydestination $virtual_alias_maps $virtual_alias_domains $virtual_mailbox_maps $virtual_mailbox_domains $relay_recipient_maps $relay_domains $canonical_maps $sender_canonical_maps $recipient_canonical_maps $relocated_maps $transport_maps $mynetworks $smtpd_sender_login_maps $sender_bcc_maps $recipient_bcc_maps $smtp_generic_maps $lmtp_generic_maps $alias_maps $smtpd_client_restrictions $smtpd_helo_restrictions $smtpd_sender_restrictions $smtpd_relay_restrictions $smtpd_recipient_restrictions $address_verify_sender_dependent_default_transport_maps $address_verify_sender_dependent_relayhost_maps $address_verify_transport_maps $fallback_transport_maps $lmtp_discard_lhlo_keyword_address_maps $lmtp_pix_workaround_maps $lmtp_sasl_password_maps $lmtp_tls_policy_maps $mailbox_command_maps $mailbox_transport_maps $postscreen_discard_ehlo_keyword_address_maps $rbl_reply_maps $sender_dependent_default_transport_maps $sender_dependent_relayhost_maps $smtp_discard_ehlo_keyword_address_maps $smtp_pix_workaround_maps $smtp_sasl_password_maps $smtp_tls_policy_maps $smtpd_discard_ehlo_keyword_address_maps $smtpd_milter_maps $virtual_gid_maps $virtual_uid_maps $local_login_sender_maps $postscreen_reject_footer_maps $smtpd_reject_footer_maps $tls_server_sni_maps $tlsproxy_client_policy_maps $default_delivery_status_filter $lmtp_delivery_status_filter $lmtp_dns_reply_filter $lmtp_reply_filter $local_delivery_status_filter $pipe_delivery_status_filter $postscreen_command_filter $smtp_delivery_status_filter $smtp_dns_reply_filter $smtp_reply_filter $smtpd_command_filter $smtpd_dns_reply_filter $virtual_delivery_status_filter $body_checks $header_checks $lmtp_body_checks $lmtp_header_checks $lmtp_mime_header_checks $lmtp_nested_header_checks $milter_header_checks $mime_header_checks $nested_header_checks $smtp_body_checks $smtp_header_checks $smtp_mime_header_checks $smtp_nested_header_checks',
    by: ['proxymap'],
    doc: 'Tables that proxymap may read.',
  }),
  proxy_write_maps: string({
    default:
      '$smtp_sasl_auth_cache_name $lmtp_sasl_auth_cache_name $address_verify_map $postscreen_cache_map',
    by: ['proxymap'],
    doc: 'Tables that proxymap may change.',
  }),
  proxymap_service_name: string({
    default: 'proxymap',
    doc: 'Name of the proxymap service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  proxywrite_service_name: string({
    default: 'proxywrite',
    doc: 'Name of the proxywrite service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  queue_service_name: string({
    default: 'qmgr',
    doc: 'Name of the queue service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  respectful_logging: bool({
    default: '${{$compatibility_level} <level {3.6} ? {no} : {yes}}',
    by: ['postscreen'],
    doc: 'Log allowlist and denylist.',
  }),
  rewrite_service_name: string({
    default: 'rewrite',
    doc: 'Name of the rewrite service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  service_name: string({ default: '', doc: 'Name of the service in master.cf.' }),
  service_throttle_time: time({
    default: '60s',
    by: ['master'],
    doc: 'Pause before a failing service is started again.',
    status: works,
  }),
  showq_service_name: string({
    default: 'showq',
    doc: 'Name of the showq service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  smtpd_service_name: string({
    default: 'smtpd',
    by: ['postscreen'],
    doc: 'Name of the smtpd service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  socketmap_max_reply_size: integer({
    default: '100000',
    min: 1,
    doc: 'Longest reply of a socketmap server.',
  }),
  stale_lock_time: time({
    default: '500s',
    by: ['local', 'virtual'],
    doc: 'Age after which a mailbox lock is removed.',
    status: works,
  }),
  stress: string({ default: '', doc: 'Not empty while a service is under load.', status: works }),
  syslog_facility: string({ default: 'mail', doc: 'Syslog facility of the log.', status: works }),
  syslog_name: string({
    default: '${multi_instance_name?{$multi_instance_name}:{postfix}}',
    doc: 'Name before /program in the log.',
    status: works,
  }),
  tcp_windowsize: integer({
    default: '0',
    by: ['smtpd', 'smtp'],
    doc: "TCP window for broken networks; 0: the system's.",
  }),
  tlsmgr_service_name: string({
    default: 'tlsmgr',
    by: ['smtpd', 'smtp', 'tlsproxy'],
    doc: 'Name of the tlsmgr service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  tlsproxy_service_name: string({
    default: 'tlsproxy',
    by: ['postscreen'],
    doc: 'smtpd_service_name of tlsproxy.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  trace_service_name: string({
    default: 'trace',
    doc: 'Name of the trace service in master.cf.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  trigger_timeout: time({
    default: '10s',
    by: ['postqueue', 'postdrop'],
    doc: 'Time limit for waking another program.',
    status: works,
  }),
};
