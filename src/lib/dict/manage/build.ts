/**
 * dict/manage/build - makes, extends and cuts table files: postmap, postmap -i, postmap -d.
 *
 * A table is always written anew beside the old one and put in its place, so that servers never read half of it.
 */
import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { errnoText } from '../../util/errno-text.js';
import { FatalError } from '../../util/fatal-error.js';
import type { TableFormat } from '../file/format.js';
import { replaceFile } from '../file/replace.js';
import { logicalLines } from '../text/lines.js';
import type { TableSpec } from '../open.js';
import { dictType } from '../types.js';
import {
  type AddOptions,
  addLines,
  EntrySet,
  hasTrailingNul,
  type ParseLine,
  stored,
} from './entries.js';
import type { ManageOptions } from './options.js';

export interface BuildRequest {
  readonly table: TableSpec;
  readonly options: ManageOptions;
  readonly parse: ParseLine;
  /** Entries that stand in the table besides those of the source, stored as they are. */
  readonly extra: readonly ExtraEntry[];
  readonly warn: (text: string) => void;
}

export interface ExtraEntry {
  readonly key: string;
  readonly value: string;
  /** Stored without the final NUL, whatever the type does. */
  readonly isPlain: boolean;
}

/** @throws {FatalError} */
export function buildTable(request: BuildRequest): void {
  const { table, options } = request;
  const format = formatOf(table);
  const { content, stats } = readSource(table.name);
  const restore = options.keepRoot ? undefined : becomeOwner(stats);
  try {
    const trailingNul = options.trailingNul ?? format.trailingNul;
    const set = new EntrySet();
    addLines(
      set,
      logicalLines(content),
      request.parse,
      addOptions(request, table.name, trailingNul),
    );
    finish(request, format, set, trailingNul, modeFor(stats, options));
  } finally {
    restore?.();
  }
}

/** Adds the lines of `input` to what is there. @throws {FatalError} */
export function extendTable(request: BuildRequest, input: Buffer): void {
  const format = formatOf(request.table);
  const { set, trailingNul } = readExisting(request.table, format, request.options, true);
  addLines(set, logicalLines(input), request.parse, addOptions(request, 'stdin', trailingNul));
  finish(request, format, set, trailingNul, 0o644);
}

/** True: at least one of the keys was there. @throws {FatalError} */
export function deleteKeys(
  table: TableSpec,
  options: ManageOptions,
  keys: readonly Buffer[],
): boolean {
  const format = dictType(table.type)?.format;
  if (!format)
    throw new FatalError(`table ${table.type}:${table.name}: delete operation is not supported`, 1);
  const { set } = readExisting(table, format, options, false);
  const removed = keys.filter(
    (key) => set.delete(stored(key, true)) || set.delete(stored(key, false)),
  );
  if (removed.length > 0) write(table, format, set, 0o644);
  return removed.length > 0;
}

function addOptions(
  { table, options, warn }: BuildRequest,
  source: string,
  trailingNul: boolean,
): AddOptions {
  return {
    ...options,
    trailingNul,
    source,
    target: dictType(table.type)?.format?.shownAs(table.name) ?? table.name,
    encodeValue: options.valuesAreFiles
      ? (value) => encodeFiles(value)
      : (value, encoding) => Buffer.from(value, encoding),
    warn,
  };
}

/** postmap -F: the files that the value names, one after the other, in base64. */
function encodeFiles(value: string): Buffer {
  const parts = value
    .split(/[\s,]+/)
    .filter((name) => name !== '')
    .map((name) => {
      try {
        return readFileSync(name);
      } catch (error) {
        throw new FatalError(`open ${name}: ${errnoText(error)}`, 1, { cause: error });
      }
    });
  const joined = parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from('\n'), part]));
  return Buffer.from(Buffer.concat(joined).toString('base64'));
}

function formatOf({ type }: TableSpec): TableFormat {
  const row = dictType(type);
  if (!row) throw new FatalError(`unsupported dictionary type: ${type}; postconf -m lists all`, 1);
  if (!row.format)
    throw new FatalError(
      `unsupported dictionary type: ${type} does not support bulk-mode creation.`,
      1,
    );
  return row.format;
}

function readSource(path: string): { readonly content: Buffer; readonly stats: Stats } {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    return { stats: fstatSync(descriptor), content: readFileSync(descriptor) };
  } catch (error) {
    throw new FatalError(`open ${path}: ${errnoText(error)}`, 1, { cause: error });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Root works as the owner of the source, who may own the folder too and have laid traps there. */
function becomeOwner(stats: Stats): (() => void) | undefined {
  const { geteuid, seteuid, getegid, setegid } = process;
  if (!geteuid || !seteuid || !getegid || !setegid || geteuid() !== 0 || stats.uid === 0)
    return undefined;
  const gid = getegid();
  setegid(stats.gid);
  seteuid(stats.uid);
  return () => {
    seteuid(0);
    setegid(gid);
  };
}

/** Others may read the table when they may read its source. */
function modeFor(stats: Stats, { inheritMode }: ManageOptions): number {
  return inheritMode ? 0o600 | (stats.mode & 0o044) : 0o644;
}

function readExisting(
  table: TableSpec,
  format: TableFormat,
  options: ManageOptions,
  mayBeMissing: boolean,
): { readonly set: EntrySet; readonly trailingNul: boolean } {
  const file = table.name + format.suffix;
  const set = new EntrySet();
  try {
    const reader = format.read(file);
    for (const entry of reader.entries()) set.add(entry);
    reader.close();
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!isMissing || !mayBeMissing)
      throw new FatalError(`open database ${file}: ${errnoText(error)}`, 1, { cause: error });
  }
  return {
    set,
    trailingNul: options.trailingNul ?? hasTrailingNul(set.list) ?? format.trailingNul,
  };
}

function finish(
  { table, extra }: BuildRequest,
  format: TableFormat,
  set: EntrySet,
  trailingNul: boolean,
  mode: number,
): void {
  for (const { key, value, isPlain } of extra) {
    set.replace([
      stored(Buffer.from(key), trailingNul && !isPlain),
      stored(Buffer.from(value), trailingNul && !isPlain),
    ]);
  }
  write(table, format, set, mode);
}

function write(table: TableSpec, format: TableFormat, set: EntrySet, mode: number): void {
  const file = table.name + format.suffix;
  try {
    replaceFile(file, format.build(set.list), mode);
  } catch (error) {
    throw new FatalError(`open database ${file}: ${errnoText(error)}`, 1, { cause: error });
  }
}
