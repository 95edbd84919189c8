/**
 * tls/negotiated - what two sides agreed upon, in the words of Postfix's log and Received: fields.
 *
 * Node tells protocol and cipher. The group is read from the session; the signature follows from the certificate's
 * key and the algorithms that both sides have, in the order in which OpenSSL chooses. Postfix: tls_misc.c.
 */
import { type KeyObject, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { cipherBits } from './ciphers.js';
import { groupOfSession } from './groups.js';

export interface Signature {
  /** `RSA-PSS (2048 bits)`, `ECDSA (prime256v1)`, `Ed25519` */
  readonly algorithm: string;
  /** `SHA256`; '' where the algorithm has its own. */
  readonly digest: string;
}

export interface Negotiated {
  /** `TLSv1.3` */
  readonly protocol: string;
  /** OpenSSL's name. */
  readonly cipher: string;
  readonly usedBits: number;
  readonly algorithmBits: number;
  /** '' below TLS 1.3, where Postfix does not tell either. */
  readonly keyExchange: string;
  readonly serverSignature: Signature | undefined;
  readonly clientSignature: Signature | undefined;
  readonly resumed: boolean;
}

/** After the handshake. `client` and `server`: the certificates that were shown. */
export function negotiated(
  socket: TLSSocket,
  certificates: { readonly server?: X509Certificate; readonly client?: X509Certificate },
): Negotiated {
  const protocol = socket.getProtocol() ?? '';
  const cipher = socket.getCipher().name;
  const [usedBits, algorithmBits] = cipherBits(cipher);
  const resumed = socket.isSessionReused();
  const isNew = protocol === 'TLSv1.3';
  const algorithms = isNew && !resumed ? sharedAlgorithms(socket) : [];
  const signatureOf = (certificate: X509Certificate | undefined): Signature | undefined =>
    certificate && isNew && !resumed ? signature(certificate.publicKey, algorithms) : undefined;
  return {
    protocol,
    cipher,
    usedBits,
    algorithmBits,
    keyExchange: isNew ? groupOfSession(socket.getSession()) : '',
    serverSignature: signatureOf(certificates.server),
    clientSignature: signatureOf(certificates.client),
    resumed,
  };
}

function sharedAlgorithms(socket: TLSSocket): readonly string[] {
  return socket.getSharedSigalgs();
}

const curveDigests: Readonly<Record<string, string>> = {
  prime256v1: 'SHA256',
  secp384r1: 'SHA384',
  secp521r1: 'SHA512',
};

/** RFC 8446 section 4.2.3: the first common algorithm that fits the key. */
function signature(key: KeyObject, algorithms: readonly string[]): Signature | undefined {
  const details = key.asymmetricKeyDetails;
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss': {
      const first = algorithms.find((name) => /^RSA-PSS\+SHA/.test(name));
      return {
        algorithm: `RSA-PSS (${details?.modulusLength ?? 0} bits)`,
        digest: first?.split('+')[1] ?? 'SHA256',
      };
    }
    case 'ec': {
      const curve = details?.namedCurve ?? '';
      return { algorithm: `ECDSA (${curve})`, digest: curveDigests[curve] ?? 'SHA256' };
    }
    case 'ed25519':
      return { algorithm: 'Ed25519', digest: '' };
    case 'ed448':
      return { algorithm: 'Ed448', digest: '' };
    default:
      return undefined;
  }
}

/** `TLSv1.3 with cipher X (256/256 bits) key-exchange …` */
export function logSummary(tls: Negotiated): string {
  return [cipherWords(tls), ...exchangeWords(tls), ...clientWords(tls)].join(' ');
}

/** The same folded into Received: lines, in parentheses. */
export function receivedSummary(tls: Negotiated): string {
  const lines = [cipherWords(tls), exchangeWords(tls).join(' '), clientWords(tls).join(' ')];
  return `(using ${lines.filter((line) => line !== '').join('\n\t ')})`;
}

function cipherWords({ protocol, cipher, usedBits, algorithmBits }: Negotiated): string {
  return `${protocol} with cipher ${cipher} (${usedBits}/${algorithmBits} bits)`;
}

function exchangeWords({ keyExchange, serverSignature }: Negotiated): string[] {
  if (keyExchange === '') return [];
  return [`key-exchange ${keyExchange}`, ...signatureWords('server', serverSignature)];
}

function clientWords({ clientSignature }: Negotiated): string[] {
  return signatureWords('client', clientSignature);
}

function signatureWords(side: string, given: Signature | undefined): string[] {
  if (!given) return [];
  const digest = given.digest === '' ? '' : ` ${side}-digest ${given.digest}`;
  return [`${side}-signature ${given.algorithm}${digest}`];
}
