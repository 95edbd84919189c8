/**
 * util/mail-domain - which names can be the domain of an address.
 *
 * Underscores are let through, as they are seen in practice. Standards: RFC 1035 section 2.3.4, RFC 5321 section 4.1.3,
 * RFC 6531 for what is not ASCII.
 */
import { addressValue } from './net-address.js';

const label =
  /^[A-Za-z0-9_\u0080-\uffff](?:[A-Za-z0-9_\u0080-\uffff-]*[A-Za-z0-9_\u0080-\uffff])?$/;
const maxLabel = 63;
const maxName = 255;

/** A host name or domain, without a final dot; an address without brackets is none. */
export function isDomainName(name: string): boolean {
  if (name.length > maxName || addressValue(name) !== undefined) return false;
  return name.split('.').every((part) => part.length <= maxLabel && label.test(part));
}

/** The address within `[192.0.2.1]` or `[IPv6:2001:db8::1]`; undefined for anything else. */
export function literalAddress(domain: string): ReturnType<typeof addressValue> {
  if (!domain.startsWith('[') || !domain.endsWith(']')) return undefined;
  const inside = domain.slice(1, -1);
  if (inside.includes('%')) return undefined; // a zone, and whatever stands behind it, is no part of a literal
  const tagged = /^ipv6:/i.test(inside);
  const address = addressValue(tagged ? inside.slice('ipv6:'.length) : inside);
  // RFC 5321 section 4.1.3: an IPv6 address needs its tag.
  return address && (address.family === 6) === tagged ? address : undefined;
}
