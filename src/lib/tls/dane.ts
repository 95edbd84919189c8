/**
 * tls/dane - whether a certificate chain is the one that TLSA records speak of; pure.
 *
 * Usages 2 (an authority) and 3 (the certificate itself) are taken; 0 and 1 make no sense for mail (RFC 7672 section
 * 3.1.3). Of several digests of one kind only the best counts (RFC 7671 section 9). Postfix: tls_dane.c.
 */
import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';

export interface TlsaRecord {
  readonly usage: number;
  readonly selector: number;
  readonly matching: number;
  readonly data: Uint8Array;
}

const digestNames: Readonly<Record<number, string>> = { 1: 'sha256', 2: 'sha512' };
const digestBytes: Readonly<Record<number, number>> = { 1: 32, 2: 64 };

/** Records that we can use. @param order tls_dane_digests, best first */
export function usableRecords(
  records: readonly TlsaRecord[],
  order: readonly string[],
): TlsaRecord[] {
  const known = records.filter(({ usage, selector, matching, data }) => {
    if ((usage !== 2 && usage !== 3) || (selector !== 0 && selector !== 1)) return false;
    if (matching === 0) return isParsable(selector, data);
    const name = digestNames[matching];
    return name !== undefined && order.includes(name) && data.length === digestBytes[matching];
  });
  const rank = ({ matching }: TlsaRecord): number => order.indexOf(digestNames[matching] ?? '');
  return known.filter(
    (record) =>
      record.matching === 0 ||
      !known.some(
        (other) =>
          other.matching !== 0 &&
          other.usage === record.usage &&
          other.selector === record.selector &&
          rank(other) < rank(record),
      ),
  );
}

function isParsable(selector: number, data: Uint8Array): boolean {
  try {
    if (selector === 0) new X509Certificate(data);
    else publicKey(data);
    return true;
  } catch {
    return false;
  }
}

function publicKey(data: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(data), format: 'der', type: 'spki' });
}

export type DaneVerdict =
  | { readonly is: 'matched'; readonly usage: 2 | 3 }
  | { readonly is: 'not matched' };

export interface DaneQuestion {
  /** The server's own first, then what it sent with it. */
  readonly chain: readonly X509Certificate[];
  readonly records: readonly TlsaRecord[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The certificate stands for a name of the server; asked for usage 2 only. */
  readonly hasName: (certificate: X509Certificate) => boolean;
}

export function daneVerdict({ chain, records, now, hasName }: DaneQuestion): DaneVerdict {
  const [leaf] = chain;
  if (!leaf) return { is: 'not matched' };
  const of = (usage: number): TlsaRecord[] => records.filter((record) => record.usage === usage);
  // RFC 7672 section 3.1.1: the record alone counts, neither names nor dates.
  if (of(3).some((record) => agrees(record, leaf))) return { is: 'matched', usage: 3 };
  const anchors = of(2);
  if (anchors.length > 0 && hasName(leaf) && reachesAnchor(chain, anchors, now))
    return { is: 'matched', usage: 2 };
  return { is: 'not matched' };
}

function agrees(record: TlsaRecord, certificate: X509Certificate): boolean {
  const bytes =
    record.selector === 0
      ? certificate.raw
      : certificate.publicKey.export({ type: 'spki', format: 'der' });
  const digest = digestNames[record.matching];
  const value = digest === undefined ? bytes : createHash(digest).update(bytes).digest();
  return value.equals(record.data);
}

/** From the leaf upwards, each signed by the next, until one that a record names. */
function reachesAnchor(
  chain: readonly X509Certificate[],
  anchors: readonly TlsaRecord[],
  now: number,
): boolean {
  for (const [index, certificate] of chain.entries()) {
    if (!isCurrent(certificate, now)) return false;
    if (index > 0 && (!certificate.ca || !isIssuedBy(chain[index - 1], certificate))) return false;
    if (anchors.some((record) => agrees(record, certificate))) return true;
    if (anchors.some((record) => isSignedByRecord(certificate, record))) return true;
  }
  return false;
}

function isIssuedBy(below: X509Certificate | undefined, above: X509Certificate): boolean {
  return below?.checkIssued(above) === true && below.verify(above.publicKey);
}

/** RFC 7672 section 3.1.2: an anchor need not be sent when the record has all of it. */
function isSignedByRecord(certificate: X509Certificate, record: TlsaRecord): boolean {
  if (record.matching !== 0) return false;
  if (record.selector === 1) return certificate.verify(publicKey(record.data));
  const anchor = new X509Certificate(record.data);
  return anchor.ca && isIssuedBy(certificate, anchor);
}

function isCurrent(certificate: X509Certificate, now: number): boolean {
  return Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
}
