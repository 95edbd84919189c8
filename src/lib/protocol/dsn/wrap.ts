/** protocol/dsn/wrap - long lines of a report, broken at blanks as Postfix breaks them. */

const width = 79;
const indent = '    ';

/** Lines of at most 79 characters, later ones indented by four; a word that is longer has a line of its own. */
export function wrapLine(text: string): string {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const lines: string[] = [];
  let line = words[0] ?? '';
  for (const word of words.slice(1)) {
    if (line.length + 1 + word.length <= width) {
      line += ` ${word}`;
    } else {
      lines.push(line);
      line = indent + word;
    }
  }
  lines.push(line);
  return lines.join('\n');
}
