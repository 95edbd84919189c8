/** util/unescape - the backslash sequences of C: \a \b \f \n \r \t \v \ddd \\. Postfix: unescape(3). */

const letters: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

export function unescape(text: string): string {
  return text.replace(/\\(?:([0-7]{1,3})|(.))/gs, (whole, octal?: string, letter?: string) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    return letter === '\\' ? '\\' : (letters[letter ?? ''] ?? whole);
  });
}
