/**
 * protocol/address/quote - addresses between internal form (`a b@example.org`) and external form (`"a b"@example.org`).
 *
 * Standards: RFC 5321 section 4.1.2, RFC 6531 for what is not ASCII.
 */

// RFC 5322 atext, and everything beyond ASCII.
const dotAtom =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\u{10ffff}-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\u{10ffff}-]+)*$/u;

export interface AddressParts {
  readonly local: string;
  /** Undefined when the address has none. */
  readonly domain: string | undefined;
}

/** Splits an internal address at its right-most `@`. */
export function splitAddress(address: string): AddressParts {
  const at = address.lastIndexOf('@');
  return at < 0
    ? { local: address, domain: undefined }
    : { local: address.slice(0, at), domain: address.slice(at + 1) };
}

/** Local part as it must stand on the wire. */
export function quoteLocal(local: string): string {
  return dotAtom.test(local) ? local : `"${local.replace(/["\\]/g, '\\$&')}"`;
}

/** Internal to external form; '' stays ''. */
export function quoteAddress(address: string): string {
  if (address === '') return '';
  const { local, domain } = splitAddress(address);
  return domain === undefined ? quoteLocal(local) : `${quoteLocal(local)}@${domain}`;
}
