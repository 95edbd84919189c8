/** tls/pem - the parts of PEM text. Standard: RFC 7468. */

export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, `RSA PRIVATE KEY`, … */
  readonly label: string;
  /** From BEGIN to END, with both lines. */
  readonly text: string;
}

const block = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

export function pemBlocks(text: string): PemBlock[] {
  return [...text.matchAll(block)].map((match) => ({ label: match[1] ?? '', text: match[0] }));
}

export function isPrivateKey({ label }: PemBlock): boolean {
  return label.endsWith('PRIVATE KEY');
}

export function isCertificate({ label }: PemBlock): boolean {
  return label === 'CERTIFICATE' || label === 'X509 CERTIFICATE' || label === 'TRUSTED CERTIFICATE';
}

/** All certificates of a text, joined. */
export function certificatesOf(text: string): string {
  return pemBlocks(text)
    .filter(isCertificate)
    .map((part) => part.text)
    .join('\n');
}
