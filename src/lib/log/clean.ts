/**
 * log/clean - the one filter that every byte of a log line passes.
 *
 * Invariant: what comes out is one line that no terminal obeys: no controls, no line or paragraph separators, no
 * marks that turn the writing direction. Postfix: printable(3).
 */

// biome-ignore format: one range a line reads better than one long class
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const plain = /^[\x20-\x7e]*$/;

/** Longest text kept; syslog and log readers cut far earlier lines than this. */
const maxText = 8192;

/** `?` for every character that must not reach a log. */
export function cleanText(text: string): string {
  const short = text.length > maxText ? `${text.slice(0, maxText)}...` : text;
  return plain.test(short) ? short : short.replace(unsafe, '?');
}
