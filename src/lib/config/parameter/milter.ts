/** config/parameter/milter - milters. */
import { string, time, works } from '../parameter.js';

export const milterParameters = {
  milter_command_timeout: time({
    default: '30s',
    min: 1,
    by: ['smtpd', 'cleanup'],
    status: works,
    doc: 'How long an answer of a mail filter to a command of the session is waited for.',
  }),
  milter_connect_macros: string({
    default: 'j {daemon_name} {daemon_addr} v _',
    by: ['smtpd', 'cleanup'],
    status: works,
    doc: 'Macros that filters are told with the connection.',
  }),
  milter_connect_timeout: time({
    default: '30s',
    min: 1,
    by: ['smtpd', 'cleanup'],
    status: works,
    doc: 'How long connecting to a mail filter may take.',
  }),
  milter_content_timeout: time({
    default: '300s',
    min: 1,
    by: ['smtpd', 'cleanup'],
    status: works,
    doc: 'How long an answer of a mail filter to the content of a message is waited for.',
  }),
  milter_data_macros: string({
    default: 'i',
    by: ['smtpd', 'cleanup'],
    status: works,
    doc: 'Macros that filters are told with DATA.',
  }),
  milter_default_action: string({
    default: 'shutdown',
    by: ['smtpd', 'cleanup'],
    status: works,
    doc: 'What a mail filter that fails counts for: accept, reject, tempfail, quarantine or shutdown.',
  }),
  milter_end_of_data_macros: string({
    default: 'i',
    by: ['smtpd', 'cleanup'],
    status: works,
    doc: 'Macros that filters are told with the end of a message.',
  }),
  milter_end_of_header_macros: string({
    default: 'i',
    by: ['smtpd', 'cleanup'],
    status: works,
    doc: 'Macros that filters are told with the end of the header (also with each field and piece of the body).',
  }),
  milter_header_checks: string({
    default: '',
    by: ['cleanup'],
    status: works,
    doc: 'Tables (header_checks(5)) for header fields that mail filters add or change.',
  }),
  milter_helo_macros: string({
    default: '{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}',
    by: ['smtpd', 'cleanup'],
    status: works,
    doc: 'Macros that filters are told with HELO.',
  }),
  milter_macro_daemon_name: string({
    default: '$myhostname',
    by: ['smtpd', 'cleanup'],
    status: works,
    doc: 'What {daemon_name} is.',
  }),
  milter_macro_defaults: string({
    default: '',
    by: ['smtpd', 'cleanup'],
    status: works,
    doc: 'What macros are that have no value of their own: name=value, ...',
  }),
  milter_macro_v: string({
    default: '$mail_name $mail_version',
    by: ['smtpd', 'cleanup'],
    status: works,
    doc: 'What {v} is.',
  }),
  milter_mail_macros: string({
    default: 'i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}',
    by: ['smtpd', 'cleanup'],
    status: works,
    doc: 'Macros that filters are told with MAIL.',
  }),
  milter_protocol: string({
    default: '6',
    by: ['smtpd', 'cleanup'],
    status: works,
    doc: 'Version of the mail filter protocol: 2, 3, 4 or 6; `no_header_reply` for filters that do not answer header fields.',
  }),
  milter_rcpt_macros: string({
    default: 'i {rcpt_addr} {rcpt_host} {rcpt_mailer}',
    by: ['smtpd', 'cleanup'],
    status: works,
    doc: 'Macros that filters are told with RCPT.',
  }),
  milter_unknown_command_macros: string({
    default: '',
    by: ['smtpd', 'cleanup'],
    status: works,
    doc: 'Macros that filters are told with a command that nobody knows.',
  }),
};
