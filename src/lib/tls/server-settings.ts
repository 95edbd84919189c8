/**
 * tls/server-settings - what smtpd's TLS parameters come to, old names included.
 *
 * Postfix: smtpd.c, tls_level.c. The new name wins over the old where both are set.
 */
import type { Settings } from '../config/settings.js';

export interface ServerTlsSettings {
  readonly level: 'none' | 'may' | 'encrypt';
  /** TLS is the first thing on the connection. */
  readonly wrapper: boolean;
  /** TLS in some way: STARTTLS or wrapper mode. */
  readonly enabled: boolean;
  /** AUTH only under TLS: neither offered nor taken without. */
  readonly authOnly: boolean;
  readonly askCertificate: boolean;
  /** Without a trusted certificate there is no session. */
  readonly requireCertificate: boolean;
  readonly logLevel: number;
  readonly timeoutMs: number;
  /** A service with a setting that Postfix takes otherwise than it reads. */
  readonly warnings: readonly string[];
}

export function serverTlsSettings(settings: Settings): ServerTlsSettings {
  const warnings: string[] = [];
  const level = levelOf(settings, warnings);
  const wrapper = settings.smtpd_tls_wrappermode;
  const mandatory = wrapper || level === 'encrypt';
  // A certificate can be required only where TLS is.
  const requireCertificate = settings.smtpd_tls_req_ccert && mandatory;
  if (settings.smtpd_tls_req_ccert && !mandatory && level !== 'none')
    warnings.push(
      "Can't require client certs unless TLS is required: smtpd_tls_req_ccert needs smtpd_tls_security_level = encrypt",
    );
  return {
    level: wrapper ? 'encrypt' : level,
    wrapper,
    enabled: wrapper || level !== 'none',
    authOnly: settings.smtpd_tls_auth_only || mandatory,
    askCertificate: settings.smtpd_tls_ask_ccert || settings.smtpd_tls_req_ccert,
    requireCertificate,
    logLevel: settings.smtpd_tls_loglevel,
    timeoutMs: settings.smtpd_starttls_timeout * 1000,
    warnings,
  };
}

function levelOf(settings: Settings, warnings: string[]): ServerTlsSettings['level'] {
  const word = settings.smtpd_tls_security_level.toLowerCase();
  switch (word) {
    case '':
      break;
    case 'none':
    case 'may':
    case 'encrypt':
      return word;
    case 'fingerprint':
    case 'verify':
    case 'secure':
    case 'dane':
    case 'dane-only':
    case 'half-dane':
      warnings.push(
        `smtpd_tls_security_level: unsupported level "${word}", using "encrypt" instead`,
      );
      return 'encrypt';
    default:
      warnings.push(
        `smtpd_tls_security_level: invalid level "${word}", using "encrypt" instead; write none, may or encrypt`,
      );
      return 'encrypt';
  }
  if (settings.smtpd_enforce_tls) return 'encrypt';
  return settings.smtpd_use_tls ? 'may' : 'none';
}
