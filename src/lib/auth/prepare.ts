/**
 * auth/prepare - names and passwords in the one form in which they are compared.
 *
 * What is ASCII stays as it is. SASLprep (RFC 4013): other blanks become a space, invisible characters vanish, and
 * the rest is brought to NFKC.
 */

const asciiOnly = /^[\x20-\x7e]*$/;
const blanks = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g;
const invisible = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/g;

export function prepared(text: string): string {
  if (asciiOnly.test(text)) return text;
  return text.replace(blanks, ' ').replace(invisible, '').normalize('NFKC');
}
