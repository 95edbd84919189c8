/**
 * dict/manage/entries - from the lines of a source to the entries of a table file.
 *
 * Invariant: each key once; a further one is warned about, ignored or put in place, as the caller said.
 */
import { foldKey } from '../fold.js';
import type { Entry } from '../file/format.js';
import type { LogicalLine, TextLines } from '../text/lines.js';
import type { SourceLine } from '../text/source.js';

export type ParseLine = (line: LogicalLine) => SourceLine | undefined;

/** Entries by key; the key is its bytes, one character each. */
export class EntrySet {
  readonly #entries = new Map<string, Entry>();

  static readonly #id = (key: Buffer): string => key.toString('latin1');

  /** False: there was one already, and it stays. */
  add(entry: Entry): boolean {
    const id = EntrySet.#id(entry[0]);
    if (this.#entries.has(id)) return false;
    this.#entries.set(id, entry);
    return true;
  }

  replace(entry: Entry): void {
    this.#entries.set(EntrySet.#id(entry[0]), entry);
  }

  delete(key: Buffer): boolean {
    return this.#entries.delete(EntrySet.#id(key));
  }

  get list(): Entry[] {
    return [...this.#entries.values()];
  }
}

export interface AddOptions {
  readonly fold: boolean;
  readonly trailingNul: boolean;
  readonly utf8: boolean;
  readonly onDuplicate: 'warn' | 'replace' | 'ignore';
  /** File names for warnings. */
  readonly source: string;
  readonly target: string;
  /** What is stored for a value. */
  readonly encodeValue: (value: string, encoding: LogicalLine['encoding'], line: number) => Buffer;
  readonly warn: (text: string) => void;
}

/** Adds what the lines say; bad lines are warned about and skipped. */
export function addLines(
  set: EntrySet,
  { lines, strayStart }: TextLines,
  parse: ParseLine,
  options: AddOptions,
): void {
  const { source, target, warn } = options;
  if (strayStart !== undefined)
    warn(`${source}: logical line must not start with whitespace: "${strayStart}"`);
  for (const line of lines) {
    const where = `${source}, line ${line.line}`;
    if (options.utf8 && line.encoding !== 'utf8') {
      const shown = line.text.replace(/[^\x20-\x7e]/g, '?');
      warn(`${where}: non-UTF-8 input "${shown}" -- ignoring this line`);
      continue;
    }
    const parsed = parse(line);
    if (parsed?.problem !== undefined) warn(`${where}: ${parsed.problem}`);
    if (!parsed?.entry) continue;
    const { key, value } = parsed.entry;
    // Bytes that are no text have no capitals.
    const folded = options.fold && line.encoding === 'utf8' ? foldKey(key) : key;
    const entry: Entry = [
      stored(Buffer.from(folded, line.encoding), options.trailingNul),
      stored(options.encodeValue(value, line.encoding, line.line), options.trailingNul),
    ];
    if (options.onDuplicate === 'replace') set.replace(entry);
    else if (!set.add(entry) && options.onDuplicate === 'warn')
      warn(`${target}: duplicate entry: "${folded}"`);
  }
}

export function stored(bytes: Buffer, trailingNul: boolean): Buffer {
  return trailingNul ? Buffer.concat([bytes, Buffer.of(0)]) : bytes;
}

/** Whether the entries of an existing file end with NUL, told by the first; undefined: it has none. */
export function hasTrailingNul(entries: Iterable<Entry>): boolean | undefined {
  for (const [key] of entries) return key.length > 0 && key[key.length - 1] === 0;
  return undefined;
}

/** For listing: text without the final NUL; bytes that are no UTF-8 one character each. */
export function withoutNul(bytes: Buffer): Buffer {
  return bytes[bytes.length - 1] === 0 ? bytes.subarray(0, -1) : bytes;
}
