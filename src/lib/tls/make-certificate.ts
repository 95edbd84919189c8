/**
 * tls/make-certificate - certificates of our own making: for `npm start` and for tests.
 *
 * ECDSA on P-256, signed by itself or by another that was made here. Standard: RFC 5280.
 */
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import net from 'node:net';
import { bits, der, identifier, integer, octets, sequence, set, time, utf8, yes } from './der.js';

export interface Made {
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
  readonly subject: string;
}

export interface CertificateRequest {
  /** Common name. */
  readonly subject: string;
  /** DNS names and addresses it stands for. */
  readonly names?: readonly string[];
  readonly days?: number;
  readonly now?: Date;
  /** Who signs; undefined: itself. */
  readonly issuer?: Made;
  /** May sign others. */
  readonly isAuthority?: boolean;
}

const ecdsaWithSha256 = sequence(identifier('1.2.840.10045.4.3.2'));
const dayMs = 86_400_000;

export function makeCertificate(request: CertificateRequest): Made {
  const { subject, issuer, now = new Date() } = request;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40; // positive, and without leading zeros
  const toBeSigned = sequence(
    der(0xa0, integer(Buffer.of(2))), // version 3
    integer(serial),
    ecdsaWithSha256,
    name(issuer?.subject ?? subject),
    sequence(
      time(new Date(now.getTime() - 3_600_000)), // clocks differ
      time(new Date(now.getTime() + (request.days ?? 3650) * dayMs)),
    ),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions(request))),
  );
  const signer = issuer ? createPrivateKey(issuer.key) : privateKey;
  const signed = sequence(toBeSigned, ecdsaWithSha256, bits(sign('sha256', toBeSigned, signer)));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    certificate: `-----BEGIN CERTIFICATE-----\n${(signed.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`,
    subject,
  };
}

function name(commonName: string): Buffer {
  return sequence(set(sequence(identifier('2.5.4.3'), utf8(commonName))));
}

function extensions({ names = [], isAuthority = false }: CertificateRequest): Buffer[] {
  const constraints = isAuthority ? sequence(yes()) : sequence();
  const list = [sequence(identifier('2.5.29.19'), yes(), octets(constraints))];
  if (names.length > 0)
    list.push(sequence(identifier('2.5.29.17'), octets(sequence(...names.map(alternativeName)))));
  return list;
}

/** RFC 5280 section 4.2.1.6: dNSName, or iPAddress. */
function alternativeName(text: string): Buffer {
  if (net.isIPv4(text)) return der(0x87, Buffer.from(text.split('.').map(Number)));
  return der(0x82, Buffer.from(text));
}
