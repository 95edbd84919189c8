/** smtpd/escape - what a client sent, as the log shows it: controls as C writes them. Postfix: escape(3). */

const names: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

/** @param text one char a byte */
export function escapeControls(text: string): string {
  return text.replace(
    /[\x00-\x1f\\\x7f-\xff]/g,
    (char) => names[char] ?? `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}
