/**
 * config/main-cf - the text of main.cf as entries with their lines; pure.
 *
 * A line that begins with white space continues the one before it; `#` as the first character that is not white
 * space makes a comment, also between continuation lines. The last entry of a name wins. Standard: postconf(5).
 */
import { FatalError } from '../util/fatal-error.js';
import { sysexits } from '../util/sysexits.js';

export interface MainCfEntry {
  readonly name: string;
  /** Unexpanded; line breaks of continuation lines are single blanks. */
  readonly value: string;
  /** First line of the entry, counted from 1. */
  readonly line: number;
}

export interface MainCf {
  /** In the order of the file; of several entries of a name the last. */
  readonly entries: ReadonlyMap<string, MainCfEntry>;
  readonly warnings: readonly string[];
}

export interface LogicalLine {
  readonly text: string;
  readonly line: number;
}

/**
 * Joins continuation lines and drops comments and empty lines.
 *
 * @param warn is told of a first line that continues nothing; the line is dropped, as Postfix does
 */
export function logicalLines(
  text: string,
  file: string,
  warn: (warning: string) => void,
): LogicalLine[] {
  const lines: LogicalLine[] = [];
  let parts: string[] = [];
  let start = 0;
  const end = (): void => {
    if (parts.length > 0) lines.push({ text: parts.join(' '), line: start });
    parts = [];
  };
  text.split('\n').forEach((raw, index) => {
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return;
    if (!/^\s/.test(raw)) {
      end();
      parts = [raw.trimEnd()];
      start = index + 1;
    } else if (parts.length > 0) parts.push(trimmed);
    else warn(`${file}: logical line must not start with whitespace: "${raw.trimEnd()}"`);
  });
  end();
  return lines;
}

/** @param file name for error texts @throws {FatalError} a line without `=`, a name with blanks, NUL */
export function parseMainCf(text: string, file: string): MainCf {
  const entries = new Map<string, MainCfEntry>();
  const warnings: string[] = [];
  for (const { text: entry, line } of logicalLines(text, file, (text) => warnings.push(text))) {
    const { name, value } = splitEntry(entry, `${file}, line ${line}`);
    const earlier = entries.get(name);
    if (earlier)
      warnings.push(`${file}, line ${line}: overriding earlier entry: ${name}=${earlier.value}`);
    entries.set(name, { name, value, line });
  }
  return { entries, warnings };
}

function splitEntry(entry: string, where: string): { name: string; value: string } {
  const fail = (problem: string): never => {
    throw new FatalError(`${where}: ${problem}; write name = value`, sysexits.config);
  };
  if (entry.includes('\0')) fail('a NUL character');
  const equals = entry.indexOf('=');
  const name = entry.slice(0, Math.max(0, equals)).trim();
  if (equals >= 0 && name === '') fail(`missing attribute name: "${shown(entry)}"`);
  if (equals < 0 || /\s/.test(name)) fail(`missing '=' after attribute name: "${shown(entry)}"`);
  return { name, value: entry.slice(equals + 1).trim() };
}

function shown(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
