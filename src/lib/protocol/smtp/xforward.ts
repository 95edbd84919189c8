/**
 * protocol/smtp/xforward - XFORWARD from the client's side: whom a message came from, for the filter and the log; pure.
 *
 * Standard: XFORWARD_README of Postfix; values are xtext (RFC 3461 section 4).
 */
import { encodeXtext } from '../dsn/xtext.js';

export interface XforwardSource {
  /** `unknown`: it is not known; '': nothing is said of it. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
  readonly helo: string;
  readonly ident: string;
  readonly isLocal: boolean;
}

type AttributeName = 'NAME' | 'ADDR' | 'PORT' | 'PROTO' | 'HELO' | 'IDENT' | 'SOURCE';

/** As Postfix's client divides them: name and address, then protocol and HELO. */
const inTwo: readonly (readonly AttributeName[])[] = [
  ['NAME', 'ADDR', 'PORT'],
  ['PROTO', 'HELO', 'IDENT', 'SOURCE'],
];
/** As Postfix's server tells a filter before the queue. */
export const inOne: typeof inTwo = [['NAME', 'ADDR', 'PORT', 'HELO', 'IDENT', 'PROTO', 'SOURCE']];

/**
 * The command lines; none where there is nothing to say.
 * @param offered what stands behind the keyword in the reply to EHLO
 */
export function xforwardCommands(
  offered: string,
  source: XforwardSource,
  lines: typeof inTwo = inTwo,
): string[] {
  const wanted = new Set(offered.toUpperCase().split(/[ \t]+/));
  const { name, address, port, protocol, helo, ident, isLocal } = source;
  const values: Readonly<Record<AttributeName, string>> = {
    NAME: name,
    ADDR: address.includes(':') ? `IPv6:${address}` : address,
    PORT: port > 0 ? String(port) : '',
    PROTO: protocol,
    HELO: helo,
    IDENT: ident,
    SOURCE: isLocal ? 'LOCAL' : 'REMOTE',
  };
  return lines.flatMap((names) => {
    const words = names
      .filter((attribute) => wanted.has(attribute) && values[attribute] !== '')
      .map((attribute) => `${attribute}=${encoded(values[attribute])}`);
    return words.length === 0 ? [] : [`XFORWARD ${words.join(' ')}`];
  });
}

function encoded(value: string): string {
  return value.toLowerCase() === 'unknown' ? '[UNAVAILABLE]' : encodeXtext(value);
}
