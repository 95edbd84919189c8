/**
 * util/idna - a domain in the form that DNS takes. RFC 5891; UTS 46.
 */
import { domainToASCII } from 'node:url';

/** What IDNA2003 writes otherwise: two letters, and two joiners that it drops. */
const deviations: Readonly<Record<string, string>> = {
  ß: 'ss',
  ẞ: 'ss',
  ς: 'σ',
  '\u200c': '',
  '\u200d': '',
};

/**
 * Names without characters beyond ASCII stay as they are, and those that have no such form.
 *
 * @param is2003 enable_idna2003_compatibility
 */
export function asciiDomain(name: string, is2003 = false): string {
  if (/^[\p{ASCII}]*$/u.test(name)) return name;
  const mapped = is2003
    ? name.replace(/[ßẞς\u200c\u200d]/g, (one) => deviations[one] ?? one)
    : name;
  return domainToASCII(mapped) || name;
}
