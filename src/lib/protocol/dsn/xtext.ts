/** protocol/dsn/xtext - RFC 3461 section 4: `+` and two upper-case hex digits for what may not stand as it is. */

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
