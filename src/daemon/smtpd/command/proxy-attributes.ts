/**
 * command/proxy-attributes - the `NAME=value` words of XCLIENT and XFORWARD; pure.
 *
 * Values are xtext (RFC 3461 section 4). Standards: XCLIENT_README, XFORWARD_README.
 */
import net from 'node:net';
import { decodeXtext } from '../../../lib/protocol/dsn/xtext.js';
import { type Reply, reply } from '../../../lib/protocol/smtp/reply.js';
import { isDomainName } from '../../../lib/util/mail-domain.js';
import { canonicalAddress } from '../../../lib/util/net-address.js';

export interface Attribute {
  /** Upper case. */
  readonly name: string;
  /** Decoded. */
  readonly value: string;
}

/** The value says that nothing is known. */
export function isUnavailable(value: string): boolean {
  return value.toUpperCase() === '[UNAVAILABLE]';
}

const maxValue = 255; // RFC 1035 section 2.3.4, as for names

/** The words in order; a reply: what is wrong with them. */
export function parseProxyAttributes(verb: string, argument: string): readonly Attribute[] | Reply {
  const words = argument.split(/\s+/).filter(Boolean);
  if (words.length === 0) return reply(501, '5.5.4', `Syntax: ${verb} attribute=value...`);
  const attributes: Attribute[] = [];
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals < 0 || equals === word.length - 1)
      return reply(501, '5.5.4', 'Error: attribute=value expected');
    const given = word.slice(equals + 1);
    const text = decodeXtext(given) ?? given; // judged as the attribute's value
    if (text.length > maxValue) return reply(501, '5.5.4', 'Error: attribute value too long');
    const name = word.slice(0, equals).toUpperCase();
    attributes.push({ name, value: text });
  }
  return attributes;
}

export function isArray(result: readonly Attribute[] | Reply): result is readonly Attribute[] {
  return Array.isArray(result);
}

export function badValue(name: string, value: string): Reply {
  return reply(501, '5.5.4', `Bad ${name} syntax: ${printable(value)}`);
}

export function unknownAttribute(verb: string, name: string): Reply {
  return reply(501, '5.5.4', `Bad ${verb} attribute name: ${printable(name)}`);
}

/** Undefined: no host name. */
export function hostName(text: string): string | undefined {
  return isDomainName(text) ? text : undefined;
}

/** `192.0.2.1` or `IPv6:2001:db8::1`. */
export function mailAddress(text: string): string | undefined {
  const bare = text.replace(/^IPv6:/i, '');
  const family = net.isIP(bare);
  const isPlain = bare === text;
  return (family === 4 && isPlain) || (family === 6 && !isPlain)
    ? canonicalAddress(bare)
    : undefined;
}

export function portNumber(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

export function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]/g, '?');
}
