/** config/parameter/tlsproxy - tlsproxy. */
import { bool, integer, string, time } from '../parameter.js';

export const tlsproxyParameters = {
  tlsproxy_client_CAfile: string({
    default: '$smtp_tls_CAfile',
    by: ['tlsproxy'],
    doc: 'smtp_tls_CAfile of tlsproxy.',
  }),
  tlsproxy_client_CApath: string({
    default: '$smtp_tls_CApath',
    by: ['tlsproxy'],
    doc: 'smtp_tls_CApath of tlsproxy.',
  }),
  tlsproxy_client_cert_file: string({
    default: '$smtp_tls_cert_file',
    by: ['tlsproxy'],
    doc: 'smtp_tls_cert_file of tlsproxy.',
  }),
  tlsproxy_client_chain_files: string({
    default: '$smtp_tls_chain_files',
    by: ['tlsproxy'],
    doc: 'smtp_tls_chain_files of tlsproxy.',
  }),
  tlsproxy_client_dcert_file: string({
    default: '$smtp_tls_dcert_file',
    by: ['tlsproxy'],
    doc: 'smtp_tls_dcert_file of tlsproxy.',
  }),
  tlsproxy_client_dkey_file: string({
    default: '$smtp_tls_dkey_file',
    by: ['tlsproxy'],
    doc: 'smtp_tls_dkey_file of tlsproxy.',
  }),
  tlsproxy_client_eccert_file: string({
    default: '$smtp_tls_eccert_file',
    by: ['tlsproxy'],
    doc: 'smtp_tls_eccert_file of tlsproxy.',
  }),
  tlsproxy_client_eckey_file: string({
    default: '$smtp_tls_eckey_file',
    by: ['tlsproxy'],
    doc: 'smtp_tls_eckey_file of tlsproxy.',
  }),
  tlsproxy_client_enforce_tls: bool({
    default: '$smtp_enforce_tls',
    by: ['tlsproxy'],
    doc: 'smtp_enforce_tls of tlsproxy.',
  }),
  tlsproxy_client_fingerprint_digest: string({
    default: '$smtp_tls_fingerprint_digest',
    by: ['tlsproxy'],
    doc: 'smtp_tls_fingerprint_digest of tlsproxy.',
  }),
  tlsproxy_client_key_file: string({
    default: '$smtp_tls_key_file',
    by: ['tlsproxy'],
    doc: 'smtp_tls_key_file of tlsproxy.',
  }),
  tlsproxy_client_loglevel: integer({
    default: '$smtp_tls_loglevel',
    by: ['tlsproxy'],
    doc: 'smtp_tls_loglevel of tlsproxy.',
  }),
  tlsproxy_client_loglevel_parameter: string({
    default: 'smtp_tls_loglevel',
    by: ['tlsproxy'],
    doc: 'Name of the parameter behind tlsproxy_client_loglevel.',
  }),
  tlsproxy_client_per_site: string({
    default: '$smtp_tls_per_site',
    by: ['tlsproxy'],
    doc: 'smtp_tls_per_site of tlsproxy.',
  }),
  tlsproxy_client_policy_maps: string({
    default: '${tlsproxy_client_policy:$smtp_tls_policy_maps}',
    by: ['tlsproxy'],
    doc: 'smtp_tls_policy_maps of tlsproxy.',
  }),
  tlsproxy_client_scert_verifydepth: integer({
    default: '$smtp_tls_scert_verifydepth',
    by: ['tlsproxy'],
    doc: 'smtp_tls_scert_verifydepth of tlsproxy.',
  }),
  tlsproxy_client_security_level: string({
    default: '${tlsproxy_client_level:$smtp_tls_security_level}',
    by: ['tlsproxy'],
    doc: 'smtp_tls_security_level of tlsproxy.',
  }),
  tlsproxy_client_use_tls: bool({
    default: '$smtp_use_tls',
    by: ['tlsproxy'],
    doc: 'smtp_use_tls of tlsproxy.',
  }),
  tlsproxy_enforce_tls: bool({
    default: '$smtpd_enforce_tls',
    by: ['tlsproxy'],
    doc: 'smtpd_enforce_tls of tlsproxy.',
  }),
  tlsproxy_tls_CAfile: string({
    default: '$smtpd_tls_CAfile',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_CAfile of tlsproxy.',
  }),
  tlsproxy_tls_CApath: string({
    default: '$smtpd_tls_CApath',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_CApath of tlsproxy.',
  }),
  tlsproxy_tls_always_issue_session_ids: bool({
    default: '$smtpd_tls_always_issue_session_ids',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_always_issue_session_ids of tlsproxy.',
  }),
  tlsproxy_tls_ask_ccert: bool({
    default: '$smtpd_tls_ask_ccert',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_ask_ccert of tlsproxy.',
  }),
  tlsproxy_tls_ccert_verifydepth: integer({
    default: '$smtpd_tls_ccert_verifydepth',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_ccert_verifydepth of tlsproxy.',
  }),
  tlsproxy_tls_cert_file: string({
    default: '$smtpd_tls_cert_file',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_cert_file of tlsproxy.',
  }),
  tlsproxy_tls_chain_files: string({
    default: '$smtpd_tls_chain_files',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_chain_files of tlsproxy.',
  }),
  tlsproxy_tls_ciphers: string({
    default: '$smtpd_tls_ciphers',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_ciphers of tlsproxy.',
  }),
  tlsproxy_tls_dcert_file: string({
    default: '$smtpd_tls_dcert_file',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_dcert_file of tlsproxy.',
  }),
  tlsproxy_tls_dh1024_param_file: string({
    default: '$smtpd_tls_dh1024_param_file',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_dh1024_param_file of tlsproxy.',
  }),
  tlsproxy_tls_dh512_param_file: string({
    default: '$smtpd_tls_dh512_param_file',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_dh512_param_file of tlsproxy.',
  }),
  tlsproxy_tls_dkey_file: string({
    default: '$smtpd_tls_dkey_file',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_dkey_file of tlsproxy.',
  }),
  tlsproxy_tls_eccert_file: string({
    default: '$smtpd_tls_eccert_file',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_eccert_file of tlsproxy.',
  }),
  tlsproxy_tls_eckey_file: string({
    default: '$smtpd_tls_eckey_file',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_eckey_file of tlsproxy.',
  }),
  tlsproxy_tls_eecdh_grade: string({
    default: '$smtpd_tls_eecdh_grade',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_eecdh_grade of tlsproxy.',
  }),
  tlsproxy_tls_enable_rpk: bool({
    default: '$smtpd_tls_enable_rpk',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_enable_rpk of tlsproxy.',
  }),
  tlsproxy_tls_exclude_ciphers: string({
    default: '$smtpd_tls_exclude_ciphers',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_exclude_ciphers of tlsproxy.',
  }),
  tlsproxy_tls_fingerprint_digest: string({
    default: '$smtpd_tls_fingerprint_digest',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_fingerprint_digest of tlsproxy.',
  }),
  tlsproxy_tls_key_file: string({
    default: '$smtpd_tls_key_file',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_key_file of tlsproxy.',
  }),
  tlsproxy_tls_loglevel: integer({
    default: '$smtpd_tls_loglevel',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_loglevel of tlsproxy.',
  }),
  tlsproxy_tls_mandatory_ciphers: string({
    default: '$smtpd_tls_mandatory_ciphers',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_mandatory_ciphers of tlsproxy.',
  }),
  tlsproxy_tls_mandatory_exclude_ciphers: string({
    default: '$smtpd_tls_mandatory_exclude_ciphers',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_mandatory_exclude_ciphers of tlsproxy.',
  }),
  tlsproxy_tls_mandatory_protocols: string({
    default: '$smtpd_tls_mandatory_protocols',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_mandatory_protocols of tlsproxy.',
  }),
  tlsproxy_tls_protocols: string({
    default: '$smtpd_tls_protocols',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_protocols of tlsproxy.',
  }),
  tlsproxy_tls_req_ccert: bool({
    default: '$smtpd_tls_req_ccert',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_req_ccert of tlsproxy.',
  }),
  tlsproxy_tls_security_level: string({
    default: '$smtpd_tls_security_level',
    by: ['tlsproxy'],
    doc: 'smtpd_tls_security_level of tlsproxy.',
  }),
  tlsproxy_use_tls: bool({
    default: '$smtpd_use_tls',
    by: ['tlsproxy'],
    doc: 'smtpd_use_tls of tlsproxy.',
  }),
  tlsproxy_watchdog_timeout: time({
    default: '10s',
    min: 10,
    by: ['tlsproxy'],
    doc: 'Time limit of one tlsproxy event.',
  }),
};
