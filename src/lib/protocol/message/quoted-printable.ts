/** protocol/message/quoted-printable - one line of bytes as printable ASCII. Standard: RFC 2045 section 6.7. */

// A line is broken once it is longer than this: with the last `=XX` and the `=` of the break, 76 at most.
const softLimit = 72;
const needsNothing = /^[\t\x20-\x3c\x3e-\x7e]*$/;

export interface EncodedLine {
  readonly text: string;
  /** Where the last line of the text ends. */
  readonly column: number;
}

/** @param line one char a byte, without its end @param column where it begins, when this is not the first piece */
export function encodeQuotedPrintable(line: string, column = 0): EncodedLine {
  const isPlain = needsNothing.test(line) && !/[ \t]$/.test(line);
  if (isPlain && column + line.length <= softLimit)
    return { text: line, column: column + line.length };
  let text = '';
  let at = column;
  for (let index = 0; index < line.length; index += 1) {
    const code = line.charCodeAt(index);
    const isBlank = code === 0x20 || code === 0x09;
    // A blank at the end of a line would be lost on the way.
    const isSafe = isBlank ? index < line.length - 1 : code > 0x20 && code < 0x7f && code !== 0x3d;
    const token = isSafe
      ? line.charAt(index)
      : `=${code.toString(16).toUpperCase().padStart(2, '0')}`;
    if (at > softLimit) {
      text += '=\n';
      at = 0;
    }
    text += token;
    at += token.length;
  }
  return { text, column: at };
}
