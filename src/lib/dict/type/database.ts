/**
 * dict/type/database - tables in files that postmap makes: hash, btree, cdb, lmdb.
 *
 * C programs store keys and values with or without a final NUL; both are found. Lookups make no system call but
 * for very large files. Postfix: dict_db.c, dict_cdb.c, dict_lmdb.c.
 */
import { statSync } from 'node:fs';
import { errnoText } from '../../util/errno-text.js';
import type { LookupResult, WritableDict } from '../dict.js';
import type { Entry, TableFormat, TableReader } from '../file/format.js';
import { foldKey } from '../fold.js';
import { type DictContext, type DictType, TableError } from '../type.js';

const notFound: LookupResult = { is: 'not-found' };

export function databaseType(name: string, format: TableFormat): DictType {
  return {
    name,
    format,
    file: (path) => path + format.suffix,
    open: (path, context) => openDatabase(name, path, format, context),
  };
}

export interface DatabaseDict extends WritableDict {
  /** As they lie in the file. @throws {TableError} damaged */
  rawEntries(): Iterable<Entry>;
}

export function isDatabase(dict: object): dict is DatabaseDict {
  return 'rawEntries' in dict;
}

function openDatabase(
  type: string,
  path: string,
  format: TableFormat,
  context: DictContext,
): DatabaseDict {
  const file = path + format.suffix;
  let reader: TableReader;
  try {
    reader = format.read(file, context.handed?.content(file));
  } catch (error) {
    throw new TableError(`open database ${file}: ${errnoText(error)}`, { cause: error });
  }
  warnIfOlder(path, file, context);
  const name = `${type}:${path}`;

  return {
    name,
    isPattern: false,
    lookup(key) {
      try {
        const value = find(reader, context.fold ? foldKey(key) : key);
        return value === undefined ? notFound : { is: 'found', value: text(value) };
      } catch (error) {
        return { is: 'error', reason: `${file}: ${(error as Error).message}` };
      }
    },
    *entries() {
      for (const [key, value] of this.rawEntries()) yield [text(key), text(value)];
    },
    *rawEntries() {
      try {
        yield* reader.entries();
      } catch (error) {
        throw new TableError(`${file}: ${(error as Error).message}; rebuild it with postmap`, {
          cause: error,
        });
      }
    },
    close: () => reader.close(),
  };
}

function find(reader: TableReader, key: string): Buffer | undefined {
  if (key.includes('\0')) return undefined; // it would find the key before the NUL
  const withNul = Buffer.from(`${key}\0`);
  return reader.find(withNul) ?? reader.find(withNul.subarray(0, -1));
}

function text(bytes: Buffer): string {
  const end = bytes.length > 0 && bytes[bytes.length - 1] === 0 ? bytes.length - 1 : bytes.length;
  return bytes.toString('utf8', 0, end);
}

/** An administrator has edited the source and forgotten postmap. */
function warnIfOlder(source: string, file: string, { log }: DictContext): void {
  const sourceTime = statSync(source, { throwIfNoEntry: false })?.mtimeMs;
  const fileTime = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  // One second of grace: a build that ends in the second of the edit is as new.
  if (sourceTime !== undefined && fileTime !== undefined && sourceTime > fileTime + 1000)
    log.warning(`database ${file} is older than source file ${source}`);
}
