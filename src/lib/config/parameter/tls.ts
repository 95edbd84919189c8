/** config/parameter/tls - TLS on both sides. */
import { bool, integer, noEffect, string, time, works } from '../parameter.js';

export const tlsParameters = {
  relay_clientcerts: string({
    default: '',
    doc: 'Fingerprints of client certificates for permit_tls_clientcerts.',
    status: works,
  }),
  requiretls_enable: bool({ default: 'yes', doc: 'Offer REQUIRETLS.' }),
  requiretls_esmtp_header: bool({
    default: 'yes',
    doc: 'Pass REQUIRETLS through filters in a header.',
  }),
  requiretls_redact_dsn: bool({
    default: 'yes',
    doc: 'Notifications of REQUIRETLS mail carry headers only and need no REQUIRETLS.',
  }),
  tls_append_default_CA: bool({
    default: 'no',
    by: ['tlsproxy'],
    doc: "Also trust the system's certificate authorities.",
    status: works,
  }),
  tls_config_file: string({
    default: 'default',
    by: ['smtpd', 'smtp', 'tlsproxy'],
    doc: 'OpenSSL configuration file: default, none, or a path.',
  }),
  tls_config_name: string({
    default: '',
    by: ['smtpd', 'smtp', 'tlsproxy'],
    doc: 'Section of the OpenSSL configuration file.',
  }),
  tls_daemon_random_bytes: integer({
    default: '32',
    by: ['smtpd', 'smtp', 'tlsproxy'],
    doc: 'Random bytes of an SMTP process.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  tls_dane_digests: string({
    default: 'sha512 sha256',
    doc: 'Digests of TLSA records, best first.',
    status: works,
  }),
  tls_disable_workarounds: string({
    default: '',
    by: ['smtpd', 'smtp', 'tlsproxy'],
    doc: 'OpenSSL workarounds that are turned off.',
    status: works,
  }),
  tls_eecdh_auto_curves: string({
    default: 'X25519 X448 prime256v1 secp521r1 secp384r1',
    by: ['smtpd', 'tlsproxy'],
    doc: 'Curves for key exchange, best first.',
    status: works,
  }),
  tls_eecdh_strong_curve: string({
    default: 'prime256v1',
    by: ['smtpd', 'tlsproxy'],
    doc: 'Curve of eecdh_grade strong.',
    status: works,
  }),
  tls_eecdh_ultra_curve: string({
    default: 'secp384r1',
    by: ['smtpd', 'tlsproxy'],
    doc: 'Curve of eecdh_grade ultra.',
    status: works,
  }),
  tls_export_cipherlist: string({
    default: 'aNULL:-aNULL:HIGH:MEDIUM:LOW:EXPORT:+RC4:@STRENGTH',
    by: ['smtpd', 'smtp', 'tlsproxy'],
    doc: 'Ciphers of grade export.',
    status: works,
  }),
  tls_fast_shutdown_enable: bool({
    default: 'yes',
    by: ['smtpd', 'smtp', 'tlsproxy'],
    doc: "Do not wait for the peer's end of TLS.",
    status: noEffect('nobody waits for the end of TLS'),
  }),
  tls_ffdhe_auto_groups: string({
    default: 'ffdhe2048 ffdhe3072',
    doc: 'Finite-field groups for key exchange, best first.',
    status: works,
  }),
  tls_high_cipherlist: string({
    default: 'aNULL:-aNULL:HIGH:@STRENGTH',
    by: ['smtpd', 'smtp', 'tlsproxy'],
    doc: 'Ciphers of grade high.',
    status: works,
  }),
  tls_legacy_public_key_fingerprints: bool({
    default: 'no',
    by: ['tlsproxy'],
    doc: 'Compute key fingerprints as old versions did.',
  }),
  tls_low_cipherlist: string({
    default: 'aNULL:-aNULL:HIGH:MEDIUM:LOW:+RC4:@STRENGTH',
    by: ['smtpd', 'smtp', 'tlsproxy'],
    doc: 'Ciphers of grade low.',
    status: works,
  }),
  tls_medium_cipherlist: string({
    default: 'aNULL:-aNULL:HIGH:MEDIUM:+RC4:@STRENGTH',
    by: ['smtpd', 'smtp', 'tlsproxy'],
    doc: 'Ciphers of grade medium.',
    status: works,
  }),
  tls_null_cipherlist: string({
    default: 'eNULL:!aNULL',
    by: ['smtpd', 'smtp', 'tlsproxy'],
    doc: 'Ciphers without encryption.',
    status: works,
  }),
  tls_preempt_cipherlist: bool({
    default: 'no',
    by: ['smtpd', 'tlsproxy'],
    doc: "Our order of ciphers counts, not the client's.",
    status: works,
  }),
  tls_random_bytes: integer({
    default: '32',
    min: 1,
    by: ['tlsmgr'],
    doc: 'Random bytes that tlsmgr reads.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  tls_random_exchange_name: string({
    default: '${data_directory}/prng_exch',
    by: ['tlsmgr'],
    doc: 'File of the random state.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  tls_random_prng_update_period: time({
    default: '3600s',
    min: 1,
    by: ['tlsmgr'],
    doc: 'How often the random state is saved.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  tls_random_reseed_period: time({
    default: '3600s',
    min: 1,
    by: ['tlsmgr'],
    doc: 'How often the random state is stirred.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  tls_random_source: string({
    default: 'dev:/dev/urandom',
    by: ['tlsmgr'],
    doc: 'Source of random bytes.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  tls_required_enable: bool({ default: 'yes', doc: 'Heed the header `TLS-Required: no`.' }),
  tls_server_sni_maps: string({
    default: '',
    by: ['smtpd', 'tlsproxy'],
    doc: 'Tables of keys and certificates by name.',
    status: works,
  }),
  tls_session_ticket_cipher: string({
    default: 'aes-256-cbc',
    by: ['smtpd', 'tlsproxy'],
    doc: 'Cipher of session tickets; empty: no tickets.',
    status: works,
  }),
  tls_ssl_options: string({
    default: '',
    doc: 'Options of the TLS library that are turned on, by their OpenSSL names.',
    status: works,
  }),
  tls_wildcard_matches_multiple_labels: bool({
    default: 'yes',
    doc: '*.example.com also matches a.b.example.com.',
    status: works,
  }),
};
