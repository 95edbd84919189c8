/** auth/digest-md5 - what client and server of DIGEST-MD5 compute. RFC 2831 section 2.1.2.1. */
import { createHash } from 'node:crypto';

export interface DigestParts {
  readonly user: string;
  readonly realm: string;
  readonly password: string;
  readonly nonce: string;
  readonly cnonce: string;
  readonly nc: string;
  readonly uri: string;
  readonly authzid: string;
}

const md5 = (data: Buffer | string): Buffer => createHash('md5').update(data).digest();
const hex = (data: Buffer | string): string => md5(data).toString('hex');

/**
 * @param method `AUTHENTICATE` for the client's proof, '' for the server's
 * @param encoding of name, realm and password: Latin-1 where they fit in it, says the RFC; not all clients do
 */
export function digestProof(
  parts: DigestParts,
  method: 'AUTHENTICATE' | '',
  encoding: 'latin1' | 'utf8',
): string {
  const { user, realm, password, nonce, cnonce, nc, uri, authzid } = parts;
  const secret = md5(Buffer.from(`${user}:${realm}:${password}`, encoding));
  const tail = `:${nonce}:${cnonce}${authzid === '' ? '' : `:${authzid}`}`;
  const first = hex(Buffer.concat([secret, Buffer.from(tail)]));
  return hex(`${first}:${nonce}:${nc}:${cnonce}:auth:${hex(`${method}:${uri}`)}`);
}

/** True: the texts have Latin-1 characters only, and some beyond ASCII, so that the encoding makes a difference. */
export function isLatin1(...texts: string[]): boolean {
  return texts.every((text) => /^[\x00-\xff]*$/.test(text));
}

/** `name=value, name="quoted \" value"`; undefined: not well-formed, or a name twice. Values are UTF-8. */
export function parseDirectives(bytes: Buffer): ReadonlyMap<string, string> | undefined {
  const text = bytes.toString('utf8');
  const directive =
    /[ \t\r\n,]*([A-Za-z0-9-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))[ \t\r\n]*(?=,|$)/sy;
  const found = new Map<string, string>();
  while (directive.lastIndex < text.length) {
    if (/^[ \t\r\n,]*$/.test(text.slice(directive.lastIndex))) break;
    const match = directive.exec(text);
    if (!match) return undefined;
    const [, name = '', quoted, token] = match;
    const key = name.toLowerCase();
    if (found.has(key)) return undefined;
    found.set(key, quoted === undefined ? (token ?? '') : quoted.replace(/\\(.)/gs, '$1'));
  }
  return found;
}

export const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
