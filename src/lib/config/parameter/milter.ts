/** config/parameter/milter - milters. */
import { integer, string, time } from '../parameter.js';

export const milterParameters = {
  milter_command_timeout: time({
    default: '30s',
    min: 1,
    by: ['smtpd', 'cleanup'],
    doc: 'Time limit of commands to a milter.',
  }),
  milter_connect_macros: string({
    default: 'j {daemon_name} {daemon_addr} v _',
    by: ['smtpd', 'cleanup'],
    doc: 'Macros sent to milters at connect.',
  }),
  milter_connect_timeout: time({
    default: '30s',
    min: 1,
    by: ['smtpd', 'cleanup'],
    doc: 'Time limit for connecting to a milter.',
  }),
  milter_content_timeout: time({
    default: '300s',
    min: 1,
    by: ['smtpd', 'cleanup'],
    doc: 'Time limit of content sent to a milter.',
  }),
  milter_data_macros: string({
    default: 'i',
    by: ['smtpd', 'cleanup'],
    doc: 'Macros sent to milters at DATA.',
  }),
  milter_default_action: string({
    default: 'shutdown',
    by: ['smtpd', 'cleanup'],
    doc: 'What happens when a milter fails.',
  }),
  milter_end_of_data_macros: string({
    default: 'i',
    by: ['smtpd', 'cleanup'],
    doc: 'Macros sent to milters after the content.',
  }),
  milter_end_of_header_macros: string({
    default: 'i',
    by: ['smtpd', 'cleanup'],
    doc: 'Macros sent to milters after the headers.',
  }),
  milter_header_checks: string({
    default: '',
    by: ['cleanup'],
    doc: 'Tables for headers that milters add.',
  }),
  milter_helo_macros: string({
    default: '{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}',
    by: ['smtpd', 'cleanup'],
    doc: 'Macros sent to milters at HELO.',
  }),
  milter_macro_daemon_name: string({
    default: '$myhostname',
    by: ['smtpd', 'cleanup'],
    doc: 'Value of {daemon_name}.',
  }),
  milter_macro_defaults: string({
    default: '',
    by: ['smtpd', 'cleanup'],
    doc: 'Values of macros that would have none.',
  }),
  milter_macro_v: string({
    default: '$mail_name $mail_version',
    by: ['smtpd', 'cleanup'],
    doc: 'Value of {v}.',
  }),
  milter_mail_macros: string({
    default: 'i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}',
    by: ['smtpd', 'cleanup'],
    doc: 'Macros sent to milters at MAIL.',
  }),
  milter_protocol: integer({
    default: '6',
    by: ['smtpd', 'cleanup'],
    doc: 'Version and options of the milter protocol.',
  }),
  milter_rcpt_macros: string({
    default: 'i {rcpt_addr} {rcpt_host} {rcpt_mailer}',
    by: ['smtpd', 'cleanup'],
    doc: 'Macros sent to milters at RCPT.',
  }),
  milter_unknown_command_macros: string({
    default: '',
    by: ['smtpd', 'cleanup'],
    doc: 'Macros sent to milters for unknown commands.',
  }),
};
