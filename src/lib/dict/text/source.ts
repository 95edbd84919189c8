/**
 * dict/text/source - the entries of a table's text source, as postmap(1) and texthash: read it.
 *
 * `key whitespace value`; lines that begin with white space continue; `#` begins a comment line; a key in double
 * quotes may hold blanks.
 */
export interface SourceEntry {
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

export interface SourceProblem {
  readonly line: number;
  readonly problem: string;
}

export function parseSource(text: string): {
  readonly entries: SourceEntry[];
  readonly problems: SourceProblem[];
} {
  const entries: SourceEntry[] = [];
  const problems: SourceProblem[] = [];
  for (const { text: joined, line } of sourceLines(text)) {
    const quoted = /^"((?:[^"\\]|\\.)*)"\s*(.*)$/s.exec(joined);
    const match = quoted ?? /^(\S+)\s*(.*)$/s.exec(joined);
    const key = (match?.[1] ?? '').replace(quoted ? /\\(.)/g : /$^/, '$1');
    const value = (match?.[2] ?? '').trimEnd();
    if (value === '') problems.push({ line, problem: 'expected format: key whitespace value' });
    else if (key.endsWith(':')) {
      problems.push({ line, problem: `record is in "key: value" format; is this an alias file?` });
      entries.push({ key, value, line });
    } else entries.push({ key, value, line });
  }
  return { entries, problems };
}

/** Logical lines: continuation lines joined by a blank, comments and empty lines dropped. */
export function sourceLines(text: string): { readonly text: string; readonly line: number }[] {
  const lines: { text: string; line: number }[] = [];
  text.split('\n').forEach((raw, index) => {
    const trimmed = raw.trimEnd();
    if (/^\s*(#|$)/.test(trimmed)) return;
    const last = lines.at(-1);
    if (/^\s/.test(trimmed) && last) last.text += ` ${trimmed.trim()}`;
    else lines.push({ text: trimmed.trim(), line: index + 1 });
  });
  return lines;
}
