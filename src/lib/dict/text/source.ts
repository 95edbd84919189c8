/**
 * dict/text/source - the entries of a table's text source, as postmap(1) and texthash: read it.
 *
 * `key whitespace value`; a key that begins with a double quote ends after the one that closes it, and keeps both.
 */
import type { LogicalLine } from './lines.js';

export interface SourceEntry {
  readonly key: string;
  readonly value: string;
}

/** `entry` is undefined where the line gives none; a `problem` may stand beside an entry all the same. */
export interface SourceLine {
  readonly entry: SourceEntry | undefined;
  readonly problem: string | undefined;
}

export function parseSourceLine({ text: untrimmed }: LogicalLine): SourceLine {
  const text = trim(untrimmed);
  const keyEnd = text.startsWith('"') ? quotedEnd(text) : unquotedEnd(text);
  if (keyEnd === undefined) {
    return { entry: undefined, problem: `unbalanced '"' in '${text}' -- ignoring this line` };
  }
  const key = text.slice(0, keyEnd);
  const value = trim(text.slice(keyEnd));
  if (key === '' || value === '')
    return { entry: undefined, problem: 'expected format: key whitespace value' };
  return {
    entry: { key, value },
    problem: key.endsWith(':')
      ? 'record is in "key: value" format; is this an alias file?'
      : undefined,
  };
}

function trim(text: string): string {
  return text.replace(/^[ \t\v\f\r\n]+/, '').replace(/[ \t\v\f\r\n]+$/, '');
}

function unquotedEnd(text: string): number {
  const blank = /[ \t\v\f\r\n]/.exec(text);
  return blank ? blank.index : text.length;
}

/** After the first blank outside of quotes; undefined: a quote is not closed. */
function quotedEnd(text: string): number | undefined {
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] ?? '';
    if (char === '\\') index += 1;
    else if (char === '"') isQuoted = !isQuoted;
    else if (!isQuoted && /[ \t\v\f\r\n]/.test(char)) return index;
  }
  return isQuoted ? undefined : text.length;
}
