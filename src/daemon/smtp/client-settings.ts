/**
 * smtp/client-settings - what the client reads of main.cf: `smtp_NAME`, or `lmtp_NAME` when it speaks LMTP.
 */
import type { ParameterValues, Settings } from '../../lib/config/settings.js';

/** Parameters that exist twice, without their prefix. */
const pairs = [
  'address_preference',
  'address_verify_target',
  'balance_inet_protocols',
  'bind_address',
  'bind_address6',
  'bind_address_enforce',
  'body_checks',
  'connect_timeout',
  'connection_cache_destinations',
  'connection_cache_on_demand',
  'connection_cache_time_limit',
  'connection_reuse_count_limit',
  'connection_reuse_time_limit',
  'data_done_timeout',
  'data_init_timeout',
  'data_xfer_timeout',
  'defer_if_no_mx_address_found',
  'dns_reply_filter',
  'dns_support_level',
  'fallback_relay',
  'generic_maps',
  'header_checks',
  'host_lookup',
  'line_length_limit',
  'mail_timeout',
  'mime_header_checks',
  'mx_address_limit',
  'mx_session_limit',
  'nested_header_checks',
  'quote_rfc821_envelope',
  'randomize_addresses',
  'rcpt_timeout',
  'rset_timeout',
  'quit_timeout',
  'sasl_auth_enable',
  'sasl_auth_soft_bounce',
  'sasl_mechanism_filter',
  'sasl_password_maps',
  'sasl_security_options',
  'sasl_tls_security_options',
  'sasl_tls_verified_security_options',
  'sasl_type',
  'send_xforward_command',
  'sender_dependent_authentication',
  'skip_5xx_greeting',
  'skip_quit_response',
  'starttls_timeout',
  'tcp_port',
  'tls_fingerprint_digest',
  'tls_force_insecure_host_tlsa_lookup',
  'tls_loglevel',
  'tls_note_starttls_offer',
  'tls_scert_verifydepth',
  'tls_wrappermode',
  'xforward_timeout',
] as const;

type Pair = (typeof pairs)[number];

export type ClientSettings = { readonly [Name in Pair]: ParameterValues[`smtp_${Name}`] } & {
  readonly lmtp: boolean;
  /** As main.cf has it: `smtp_generic_maps`. */
  nameOf(pair: Pair | 'discard_keyword_address_maps'): string;
  readonly helo_name: string;
  readonly helo_timeout: number;
  readonly discard_keywords: string;
  readonly discard_keyword_address_maps: string;
  /** Of all programs. */
  readonly common: Settings;
};

export function clientSettings(settings: Settings, lmtp: boolean): ClientSettings {
  const chosen = Object.fromEntries(
    pairs.map((name) => [name, lmtp ? settings[`lmtp_${name}`] : settings[`smtp_${name}`]]),
  ) as { [Name in Pair]: ParameterValues[`smtp_${Name}`] };
  return {
    ...chosen,
    lmtp,
    nameOf: (pair) => `${lmtp ? 'lmtp' : 'smtp'}_${pair}`,
    helo_name: lmtp ? settings.lmtp_lhlo_name : settings.smtp_helo_name,
    helo_timeout: lmtp ? settings.lmtp_lhlo_timeout : settings.smtp_helo_timeout,
    discard_keywords: lmtp
      ? settings.lmtp_discard_lhlo_keywords
      : settings.smtp_discard_ehlo_keywords,
    discard_keyword_address_maps: lmtp
      ? settings.lmtp_discard_lhlo_keyword_address_maps
      : settings.smtp_discard_ehlo_keyword_address_maps,
    common: settings,
  };
}
