/**
 * tls/certificate - what main.cf's tables and the log say of a certificate: names and fingerprints.
 *
 * Postfix: tls_verify.c, tls_fprint.c. Names with controls are not repeated.
 */
import { createHash, getHashes, type X509Certificate } from 'node:crypto';
import { TlsError } from './tls-error.js';

/** Upper-case pairs with colons, as `openssl x509 -fingerprint` prints them. */
export type Fingerprint = string;

/** @param digest smtpd_tls_fingerprint_digest @throws {TlsError} */
export function checkDigest(digest: string, setting: string): string {
  const name = digest.toLowerCase();
  const known = getHashes().some((hash) => hash.toLowerCase() === name);
  if (!known)
    throw new TlsError(`${setting} = ${digest}: the TLS library has no such digest; write sha256`);
  return name;
}

export function certificateFingerprint(certificate: X509Certificate, digest: string): Fingerprint {
  return colons(createHash(digest).update(certificate.raw).digest('hex'));
}

/** Of the public key with its algorithm (SubjectPublicKeyInfo). */
export function publicKeyFingerprint(certificate: X509Certificate, digest: string): Fingerprint {
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return colons(createHash(digest).update(key).digest('hex'));
}

function colons(hex: string): Fingerprint {
  return (hex.toUpperCase().match(/../g) ?? []).join(':');
}

export function subjectName(certificate: X509Certificate): string {
  return nameIn(certificate.subject, ['CN']);
}

/** The issuer's common name, or its organization. */
export function issuerName(certificate: X509Certificate): string {
  return nameIn(certificate.issuer, ['CN', 'O']);
}

/** The issuer's whole name, as OpenSSL prints it on one line: `/C=JP/O=Example/CN=Test CA`. */
export function issuerLine(certificate: X509Certificate): string {
  return partsOf(certificate.issuer)
    .map((part) => `/${part}`.replace(/[^\x20-\x7e]/g, '?'))
    .join('');
}

/** Node gives a name as lines of `CN=value`; a name without any part comes as undefined. */
function partsOf(name: string | undefined): string[] {
  return (name ?? '').split('\n').filter((part) => part !== '');
}

/** The last of a kind is the most particular. */
function nameIn(text: string | undefined, kinds: readonly string[]): string {
  const lines = partsOf(text);
  for (const kind of kinds) {
    const line = lines.findLast((each) => each.startsWith(`${kind}=`));
    const value = line?.slice(kind.length + 1) ?? '';
    // Node escapes what RFC 4514 section 2.4 does.
    const plain = value.replace(/\\(.)/g, '$1');
    if (value !== '') return /[\x00-\x1f\x7f]/.test(plain) ? '' : plain;
  }
  return '';
}
