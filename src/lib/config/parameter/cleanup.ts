/** config/parameter/cleanup - cleanup: headers, rewriting of content, limits. */
import { bool, integer, noEffect, string, time, works } from '../parameter.js';

export const cleanupParameters = {
  always_add_missing_headers: bool({
    default: 'no',
    by: ['cleanup'],
    doc: 'Add From, Date, Message-ID and To also for remote clients.',
    status: works,
  }),
  always_bcc: string({
    default: '',
    by: ['cleanup'],
    doc: 'An address that gets a copy of every message.',
    status: works,
  }),
  body_checks: string({
    default: '',
    by: ['cleanup'],
    doc: 'Tables for the lines of message bodies.',
  }),
  body_checks_size_limit: integer({
    default: '51200',
    by: ['cleanup'],
    doc: 'How much of a part body_checks looks at.',
  }),
  canonical_classes: string({
    default: 'envelope_sender, envelope_recipient, header_sender, header_recipient',
    by: ['cleanup'],
    doc: 'What canonical_maps applies to.',
  }),
  canonical_maps: string({
    default: '',
    by: ['smtpd', 'cleanup'],
    doc: 'Tables that rewrite addresses of envelope and headers.',
  }),
  cleanup_replace_stray_cr_lf: bool({
    default: 'yes',
    by: ['cleanup'],
    doc: 'Turn stray CR and LF in content into blanks.',
    status: works,
  }),
  delay_warning_time: time({
    default: '0h',
    by: ['cleanup', 'sendmail'],
    doc: 'After this time in the queue the sender is told; 0 tells nobody.',
    status: works,
  }),
  detect_8bit_encoding_header: bool({
    default: 'yes',
    by: ['cleanup'],
    doc: 'Trust Content-Transfer-Encoding to find 8-bit content.',
  }),
  disable_mime_input_processing: bool({
    default: 'no',
    by: ['cleanup'],
    doc: 'Do not look at MIME structure of incoming mail.',
  }),
  duplicate_filter_limit: integer({
    default: '1000',
    by: ['cleanup', 'local', 'showq'],
    doc: 'Recipients remembered to drop duplicates.',
    status: works,
  }),
  empty_address_recipient: string({
    default: 'MAILER-DAEMON',
    by: ['cleanup', 'trivial-rewrite', 'showq'],
    doc: 'Who gets mail addressed to <>.',
    status: works,
  }),
  enable_idna2003_compatibility: bool({
    default: 'no',
    by: ['smtpd', 'smtp', 'cleanup', 'qmqpd', 'verify'],
    doc: 'Convert domain names as IDNA2003 does.',
  }),
  enable_long_queue_ids: bool({
    default: 'no',
    by: ['cleanup', 'showq', 'postsuper'],
    doc: 'Queue names that are not used again.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  enable_original_recipient: bool({
    default: 'yes',
    by: ['cleanup', 'local', 'virtual', 'pipe'],
    doc: 'Add X-Original-To and keep recipients apart that become the same.',
    status: works,
  }),
  force_mime_input_conversion: bool({
    default: 'no',
    doc: 'Make 8-bit content quoted-printable before checks, filters and signatures.',
  }),
  header_address_token_limit: integer({
    default: '10240',
    by: ['cleanup'],
    doc: 'Parts of addresses in one header that are rewritten.',
    status: works,
  }),
  header_checks: string({
    default: '',
    by: ['cleanup'],
    doc: 'Tables for primary message headers.',
  }),
  header_from_format: string({
    default: 'standard',
    by: ['smtpd', 'smtp', 'cleanup', 'bounce'],
    doc: 'Form of generated From headers: standard or obsolete.',
  }),
  header_size_limit: integer({
    default: '102400',
    by: ['cleanup'],
    doc: 'Bytes of one header; the rest is cut off.',
    status: works,
  }),
  hopcount_limit: integer({
    default: '50',
    by: ['cleanup', 'qmqpd', 'sendmail'],
    doc: 'Received headers after which a message is returned as looping.',
    status: works,
  }),
  info_log_address_format: string({
    default: 'external',
    by: ['smtpd', 'smtp', 'cleanup', 'qmgr', 'local', 'virtual', 'pipe', 'pickup', 'postscreen'],
    doc: 'How addresses are quoted in the log: external or internal.',
  }),
  masquerade_classes: string({
    default: 'envelope_sender, header_sender, header_recipient',
    by: ['cleanup'],
    doc: 'What masquerading applies to.',
  }),
  masquerade_domains: string({
    default: '',
    by: ['cleanup'],
    doc: 'Domains below which host names are stripped from addresses.',
  }),
  masquerade_exceptions: string({
    default: '',
    by: ['cleanup'],
    doc: 'Users whose addresses are not masqueraded.',
  }),
  message_drop_headers: string({
    default: 'bcc, content-length, resent-bcc, return-path',
    by: ['cleanup'],
    doc: 'Headers removed from every message.',
    status: works,
  }),
  message_reject_characters: string({
    default: '',
    by: ['cleanup'],
    doc: 'Characters for which a message is refused.',
  }),
  message_size_limit: integer({
    default: '10240000',
    by: ['smtpd', 'cleanup', 'qmqpd'],
    doc: 'Largest message; 0: no limit.',
    status: works,
  }),
  message_strip_characters: string({
    default: '',
    by: ['cleanup'],
    doc: 'Characters removed from a message.',
  }),
  mime_boundary_length_limit: integer({
    default: '2048',
    by: ['smtp', 'cleanup'],
    doc: 'Longest MIME boundary.',
  }),
  mime_header_checks: string({
    default: '$header_checks',
    by: ['cleanup'],
    doc: 'Tables for MIME headers.',
  }),
  mime_nesting_limit: integer({
    default: '100',
    by: ['smtp', 'cleanup'],
    doc: 'Depth of MIME parts; deeper ones are not looked into.',
  }),
  nested_header_checks: string({
    default: '$header_checks',
    by: ['cleanup'],
    doc: 'Tables for headers of attached messages.',
  }),
  non_empty_end_of_header_action: string({
    default: 'fix_quietly',
    doc: 'What happens when headers end without an empty line: fix_quietly, add_header, reject.',
  }),
  non_smtpd_milters: string({
    default: '',
    by: ['cleanup'],
    doc: 'Milters for mail that did not come by SMTP.',
  }),
  propagate_unmatched_extensions: string({
    default: 'canonical, virtual',
    by: ['cleanup', 'local'],
    doc: 'Tables whose results get the extension of an address that matched without it.',
    status: works,
  }),
  recipient_bcc_maps: string({
    default: '',
    by: ['cleanup'],
    doc: 'Extra recipients by recipient.',
    status: works,
  }),
  recipient_canonical_classes: string({
    default: 'envelope_recipient, header_recipient',
    by: ['cleanup'],
    doc: 'What recipient_canonical_maps applies to.',
  }),
  recipient_canonical_maps: string({
    default: '',
    by: ['smtpd', 'cleanup'],
    doc: 'Tables that rewrite recipient addresses.',
  }),
  remote_header_rewrite_domain: string({
    default: '',
    by: ['cleanup', 'trivial-rewrite', 'sendmail'],
    doc: 'Completes header addresses of remote clients; empty: they are left alone.',
    status: works,
  }),
  sender_bcc_maps: string({
    default: '',
    by: ['cleanup'],
    doc: 'Extra recipients by sender.',
    status: works,
  }),
  sender_canonical_classes: string({
    default: 'envelope_sender, header_sender',
    by: ['cleanup'],
    doc: 'What sender_canonical_maps applies to.',
  }),
  sender_canonical_maps: string({
    default: '',
    by: ['smtpd', 'cleanup'],
    doc: 'Tables that rewrite sender addresses.',
  }),
  smtputf8_autodetect_classes: string({
    default: 'sendmail, verify',
    by: ['smtpd', 'smtp', 'cleanup', 'bounce', 'qmqpd', 'verify'],
    doc: 'Mail for which the need of SMTPUTF8 is found out: sendmail, verify, all.',
    status: works,
  }),
  smtputf8_enable: bool({
    default: '${{$compatibility_level} <level {1} ? {no} : {yes}}',
    by: ['smtpd', 'smtp', 'cleanup', 'qmqpd', 'postmap', 'postalias'],
    doc: 'Offer SMTPUTF8 and take UTF-8 addresses.',
    status: works,
  }),
  soft_bounce: bool({
    default: 'no',
    by: ['smtpd', 'cleanup', 'qmqpd', 'postscreen'],
    doc: 'Defer what would be returned or refused.',
    status: works,
  }),
  strict_7bit_headers: bool({
    default: 'no',
    by: ['cleanup'],
    doc: 'Refuse 8-bit characters in headers.',
  }),
  strict_8bitmime: bool({
    default: 'no',
    by: ['cleanup'],
    doc: 'Refuse 8-bit headers, and bodies that are not declared.',
  }),
  strict_8bitmime_body: bool({
    default: 'no',
    by: ['cleanup'],
    doc: 'Refuse 8-bit bodies that are not declared.',
  }),
  strict_mime_encoding_domain: bool({
    default: 'no',
    by: ['cleanup'],
    doc: 'Refuse encodings that MIME forbids for composite parts.',
  }),
  undisclosed_recipients_header: string({
    default: '',
    by: ['cleanup'],
    doc: 'Header added to mail without recipients in its headers.',
    status: works,
  }),
  virtual_alias_address_length_limit: integer({
    default: '1000',
    by: ['cleanup'],
    doc: 'Longest address in the expansion of virtual aliases.',
  }),
  virtual_alias_expansion_limit: integer({
    default: '1000',
    by: ['cleanup'],
    doc: 'Recipients that one recipient may become.',
    status: works,
  }),
  virtual_alias_recursion_limit: integer({
    default: '1000',
    by: ['cleanup'],
    doc: 'Depth of redirections.',
    status: works,
  }),
};
