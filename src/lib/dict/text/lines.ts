/**
 * dict/text/lines - the logical lines of a table's text: what all tables written by hand have in common.
 *
 * A line that begins with white space continues the one before; empty lines and those whose first character that
 * is not white space is `#` do not count, not even between continuation lines. Postfix: readllines(3).
 */
import { isUtf8 } from 'node:buffer';

export interface LogicalLine {
  /** Without line ends; a continuation line keeps its leading blanks. */
  readonly text: string;
  /** Of the first physical line, from 1. */
  readonly line: number;
  /** How `text` was made of bytes: a line that is not UTF-8 is kept byte by byte. */
  readonly encoding: 'utf8' | 'latin1';
}

export interface TextLines {
  readonly lines: readonly LogicalLine[];
  /** A text that begins with white space continues nothing and is left out: the line, cut to 30 characters. */
  readonly strayStart: string | undefined;
}

const skipped = /^[ \t\v\f\r]*(?:#|$)/;
const blankStart = /^[ \t\v\f\r]/;

export function logicalLines(content: Buffer): TextLines {
  const isText = isUtf8(content);
  const text = content.toString(isText ? 'utf8' : 'latin1');
  const lines: { parts: string[]; line: number }[] = [];
  let strayStart: string | undefined;
  let number = 0;
  for (const raw of text.split('\n')) {
    number += 1;
    if (skipped.test(raw)) continue;
    if (!blankStart.test(raw)) {
      lines.push({ parts: [raw], line: number });
      continue;
    }
    const last = lines[lines.length - 1];
    if (last) {
      last.parts.push(raw);
    } else {
      strayStart ??= raw.slice(0, 30);
    }
  }
  return {
    strayStart,
    lines: lines.map(({ parts, line }) => {
      const joined = parts.length === 1 ? (parts[0] ?? '') : parts.join('');
      return isText ? { text: joined, line, encoding: 'utf8' } : decode(joined, line);
    }),
  };
}

function decode(text: string, line: number): LogicalLine {
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes)
    ? { text: bytes.toString('utf8'), line, encoding: 'utf8' }
    : { text, line, encoding: 'latin1' };
}
