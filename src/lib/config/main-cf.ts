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

export interface LogicalLine {
  readonly text: string;
  readonly line: number;
}

/** Joins continuation lines and drops comments and empty lines. */
export function logicalLines(text: string): LogicalLine[] {
  const lines: LogicalLine[] = [];
  let pending: { parts: string[]; line: number } | undefined;
  const end = (): void => {
    if (pending) lines.push({ text: pending.parts.join(' '), line: pending.line });
    pending = undefined;
  };
  text.split('\n').forEach((raw, index) => {
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return;
    if (/^\s/.test(raw) && pending) {
      pending.parts.push(trimmed);
      return;
    }
    end();
    pending = { parts: [raw.trimEnd()], line: index + 1 };
  });
  end();
  return lines;
}

/** @param file name for error texts @throws {FatalError} a line without `=` */
export function parseMainCf(text: string, file: string): MainCfEntry[] {
  return logicalLines(text).map(({ text: line, line: number }) => {
    const separator = line.indexOf('=');
    const name = line.slice(0, separator).trim();
    if (separator < 0) {
      throw new FatalError(
        `${file}, line ${number}: missing '=' after attribute name: "${line.trim()}"; write name = value`,
        sysexits.config,
      );
    }
    if (name === '' || /\s/.test(name)) {
      throw new FatalError(
        `${file}, line ${number}: bad parameter name: "${name}"; write name = value`,
        sysexits.config,
      );
    }
    return { name, value: line.slice(separator + 1).trim(), line: number };
  });
}
