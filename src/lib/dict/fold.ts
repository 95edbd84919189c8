/**
 * dict/fold - one key for all ways to write it in capitals and small letters.
 *
 * ASCII first, because nearly all keys are; else Unicode's full case folding, near enough to what ICU does for
 * Postfix (`Straße` and `STRASSE` are one key). Postfix: casefold(3).
 */

const ascii = /^[\x00-\x7f]*$/;

export function foldKey(key: string): string {
  if (ascii.test(key)) return key.toLowerCase();
  let folded = '';
  for (const char of key) {
    // By way of capitals, so that letters with several small forms (final sigma, sharp s) come out as one;
    // except the dotless i, which is not the small form of I.
    folded += char === '\u0131' ? char : char.toUpperCase().toLowerCase();
  }
  return folded;
}
