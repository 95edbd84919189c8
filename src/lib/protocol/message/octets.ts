/**
 * protocol/message/octets - between Unicode text (addresses, settings) and header text of one char a byte.
 *
 * Header fields are handled as Latin-1 so that no byte is lost; what is written into them is UTF-8.
 */

export function isAscii(text: string): boolean {
  return !/[^\p{ASCII}]/u.test(text);
}

/** Unicode to one char a byte of its UTF-8. */
export function toOctets(text: string): string {
  return isAscii(text) ? text : Buffer.from(text).toString('latin1');
}

/** One char a byte to Unicode; bytes that are not UTF-8 stay as they are. */
export function fromOctets(octets: string): string {
  if (isAscii(octets)) return octets;
  const bytes = Buffer.from(octets, 'latin1');
  const text = bytes.toString();
  return text.includes('\ufffd') ? octets : text;
}

/** For a log line: UTF-8 as text; controls, and bytes that are no UTF-8, as question marks. */
export function shownOctets(octets: string): string {
  const text = isAscii(octets) ? octets : Buffer.from(octets, 'latin1').toString();
  return text.replace(/[\p{Cc}\ufffd]/gu, '?');
}
