/**
 * tls/options - tls_ssl_options: switches of the TLS library, by OpenSSL's names without SSL_OP_, or one number.
 *
 * Manual: postconf(5); SSL_CTX_set_options(3). Node names most of the bits; those it does not are OpenSSL 3's.
 */
import { constants } from 'node:crypto';
import { splitList } from '../util/list.js';
import { TlsError } from './tls-error.js';

const bits: Readonly<Record<string, number>> = {
  ALLOW_NO_DHE_KEX: constants.SSL_OP_ALLOW_NO_DHE_KEX,
  CLEANSE_PLAINTEXT: 1 << 1,
  CRYPTOPRO_TLSEXT_BUG: constants.SSL_OP_CRYPTOPRO_TLSEXT_BUG,
  ENABLE_MIDDLEBOX_COMPAT: 1 << 20,
  LEGACY_SERVER_CONNECT: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  NO_ANTI_REPLAY: 1 << 24,
  NO_COMPRESSION: constants.SSL_OP_NO_COMPRESSION,
  NO_ENCRYPT_THEN_MAC: constants.SSL_OP_NO_ENCRYPT_THEN_MAC,
  NO_QUERY_MTU: constants.SSL_OP_NO_QUERY_MTU,
  NO_RENEGOTIATION: constants.SSL_OP_NO_RENEGOTIATION,
  NO_SESSION_RESUMPTION_ON_RENEGOTIATION: constants.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION,
  NO_TICKET: constants.SSL_OP_NO_TICKET,
  PRIORITIZE_CHACHA: constants.SSL_OP_PRIORITIZE_CHACHA,
  TLSEXT_PADDING: 1 << 4,
};

/** @returns a bit mask. @throws {TlsError} a name that is none */
export function libraryOptions(text: string): number {
  if (/^0x[0-9a-f]{1,8}$/i.test(text)) return Number(text) | 0;
  let mask = 0;
  for (const word of splitList(text.toUpperCase())) {
    const bit = Object.hasOwn(bits, word) ? bits[word] : undefined;
    if (bit === undefined)
      throw new TlsError(
        `tls_ssl_options = ${text}: unknown option ${word}; known are ${Object.keys(bits).join(', ')}`,
      );
    mask |= bit;
  }
  return mask;
}

/** SSL_OP_ALL of OpenSSL 3: what is there to be turned off. Older names still mean nothing. */
const workaroundBits: Readonly<Record<string, number>> = {
  CRYPTOPRO_TLSEXT_BUG: constants.SSL_OP_CRYPTOPRO_TLSEXT_BUG,
  DONT_INSERT_EMPTY_FRAGMENTS: constants.SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS,
  LEGACY_SERVER_CONNECT: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  SAFARI_ECDHE_ECDSA_BUG: 1 << 6,
  TLSEXT_PADDING: 1 << 4,
  MICROSOFT_BIG_SSLV3_BUFFER: 0,
  MICROSOFT_SESS_ID_BUG: 0,
  MSIE_SSLV2_RSA_PADDING: 0,
  NETSCAPE_CHALLENGE_BUG: 0,
  NETSCAPE_REUSE_CIPHER_CHANGE_BUG: 0,
  SSLEAY_080_CLIENT_DH_BUG: 0,
  SSLREF2_REUSE_CERT_TYPE_BUG: 0,
  TLS_BLOCK_PADDING_BUG: 0,
  TLS_D5_BUG: 0,
  TLS_ROLLBACK_BUG: 0,
};

/**
 * tls_disable_workarounds: all workarounds for faults of others but those that are named, or the bits of a number.
 *
 * @returns a bit mask @throws {TlsError} a name that is none
 */
export function workarounds(disabled: string): number {
  const text = disabled.trim();
  if (/^0x[0-9a-f]{1,8}$/i.test(text)) return constants.SSL_OP_ALL & ~Number(text);
  let mask = constants.SSL_OP_ALL;
  for (const word of splitList(text.toUpperCase())) {
    const bit = Object.hasOwn(workaroundBits, word) ? workaroundBits[word] : undefined;
    if (bit === undefined)
      throw new TlsError(
        `tls_disable_workarounds = ${disabled}: unknown workaround ${word}; known are ${Object.keys(workaroundBits).join(', ')}`,
      );
    mask &= ~bit;
  }
  return mask;
}

/** Bits as Node takes them: a number that is not negative, or it would set every higher bit, too. */
export const asOptions = (mask: number): number => mask >>> 0;
