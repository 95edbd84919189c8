/** protocol/dsn/status - enhanced status codes in front of texts. Standard: RFC 3463. */

export interface StatusText {
  readonly dsn: string;
  readonly text: string;
}

const leading = /^([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)/;

/** `5.7.1 go away` as code and text; a text without a code gets `fallback`. */
export function splitStatus(text: string, fallback: string): StatusText {
  const trimmed = text.trimStart();
  const match = leading.exec(trimmed);
  return match
    ? { dsn: match[1] ?? fallback, text: trimmed.slice(match[0].length) }
    : { dsn: fallback, text: trimmed };
}

/** True for three numbers of which the first is 2, 4 or 5. */
export function isStatus(text: string): boolean {
  return /^[245]\.\d{1,3}\.\d{1,3}$/.test(text);
}
