/**
 * protocol/dsn/xtext - RFC 3461 section 4: `+` and two upper-case hex digits for what may not stand as it is; and the
 * codings of RFC 6533 section 3, which take Unicode.
 */

export function encodeXtext(text: string): string {
  return Buffer.from(text, 'utf8')
    .toString('latin1')
    .replace(
      /[^\x21-\x2a\x2c-\x3c\x3e-\x7e]/g,
      (char) => `+${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    );
}

/** Undefined: not xtext. */
export function decodeXtext(text: string): string | undefined {
  if (/[^\x21-\x7e]/.test(text) || /\+(?![0-9A-F]{2})/.test(text)) return undefined;
  const bytes = text.replace(/\+([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** utf-8-addr-xtext and utf-8-addr-unitext: `\\x{E9}` is one character, others stand as they are. Undefined: neither. */
export function decodeUxtext(text: string): string | undefined {
  if (/[\x00-\x20\x7f]/.test(text) || /\\(?!x\{[0-9A-F]{2,6}\})/.test(text)) return undefined;
  const codes = [...text.matchAll(/\\x\{([0-9A-F]{2,6})\}/g)].map(([, hex = '']) =>
    Number.parseInt(hex, 16),
  );
  if (codes.some((code) => code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))) return undefined;
  return text.replace(/\\x\{[0-9A-F]{2,6}\}/g, () => String.fromCodePoint(codes.shift() ?? 0));
}
