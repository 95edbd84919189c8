/**
 * tls/channel-binding - what ties a login to the TLS connection that it was made on.
 *
 * Computed when asked for: most sessions never do. Standards: RFC 9266 (tls-exporter), RFC 5929 section 4
 * (tls-server-end-point) and section 3 (tls-unique).
 */
import { createHash, type X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

export interface Bindings {
  readonly 'tls-exporter'?: Buffer;
  readonly 'tls-unique'?: Buffer;
  readonly 'tls-server-end-point'?: Buffer;
}

/**
 * @param certificate the server's own, as the client was shown it
 * @param firstFinished the client's Finished of a full handshake; only a server is asked for it, by old clients
 */
export function channelBindings(
  socket: TLSSocket,
  certificate: () => X509Certificate | undefined,
  firstFinished?: () => Buffer | undefined,
): Bindings {
  const bindings = {};
  const lazy = (name: keyof Bindings, make: () => Buffer | undefined): void => {
    let value: Buffer | undefined;
    Object.defineProperty(bindings, name, { enumerable: true, get: () => (value ??= make()) });
  };
  // RFC 9266 section 4.2: below TLS 1.3 it is safe only with extended master secrets, which Node does not tell.
  if (socket.getProtocol() === 'TLSv1.3')
    lazy('tls-exporter', () =>
      socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)),
    );
  // A resumed session may share its keys with somebody in between (RFC 7627 section 1): a full handshake cannot.
  else if (firstFinished && !socket.isSessionReused()) lazy('tls-unique', firstFinished);
  lazy('tls-server-end-point', () => {
    const shown = certificate();
    return shown && createHash(signatureDigest(shown.raw)).update(shown.raw).digest();
  });
  return bindings;
}

const digests: Readonly<Record<string, string>> = {
  '2a864886f70d01010c': 'sha384', // RSA
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040303': 'sha384', // ECDSA
  '2a8648ce3d040304': 'sha512',
};

/** The digest of the certificate's signature; SHA-256 in place of MD5 and SHA-1. RFC 5929 section 4.1. */
export function signatureDigest(certificate: Uint8Array): string {
  const view = Buffer.from(certificate.buffer, certificate.byteOffset, certificate.length);
  // Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, … }, … }
  const start = content(view, 0).start;
  const algorithm = content(view, content(view, start).end).start;
  const { start: from, end } = content(view, algorithm);
  return digests[view.toString('hex', from, end)] ?? 'sha256';
}

function content(der: Buffer, at: number): { readonly start: number; readonly end: number } {
  const first = der[at + 1] ?? 0;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const bytes = first & 0x7f;
  let size = 0;
  for (let index = 0; index < bytes; index += 1) size = size * 256 + (der[at + 2 + index] ?? 0);
  return { start: at + 2 + bytes, end: at + 2 + bytes + size };
}
