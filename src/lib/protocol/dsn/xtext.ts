/**
 * protocol/dsn/xtext - the encoding of ENVID= and ORCPT= values; one char a byte, or UTF-8 text as it is.
 *
 * Standard: RFC 3461 section 4. RFC 6533 section 3 lets utf-8 addresses stand unencoded.
 */

/** Undefined: not xtext (a lone `+`, lower-case digits, blanks). */
export function decodeXtext(text: string): string | undefined {
  if (!text.includes('+')) return isPlain(text) ? text : undefined;
  if (!/^(?:[^+=\s\p{Cc}]|\+[0-9A-F]{2})*$/u.test(text)) return undefined;
  return text.replace(/\+([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Characters outside `!` to `~`, and `+` and `=`, become `+XX`; beyond ASCII they stay. */
export function encodeXtext(text: string): string {
  return text.replace(/[\x00-\x20+=\x7f]/g, (char) => {
    const hex = char.charCodeAt(0).toString(16).toUpperCase();
    return `+${hex.padStart(2, '0')}`;
  });
}

function isPlain(text: string): boolean {
  return !/[=\s\p{Cc}]/u.test(text);
}
