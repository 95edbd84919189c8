/** dict/manage/query - `postmap -q` and `postmap -s`: asks tables and lists them. */
import type { Log } from '../../log/log.js';
import { FatalError } from '../../util/fatal-error.js';
import type { Dict } from '../dict.js';
import { splitSpec, type TableSpec } from '../open.js';
import { isDatabase } from '../type/database.js';
import { type DictContext, TableError } from '../type.js';
import { dictType } from '../types.js';
import { withoutNul } from './entries.js';

export interface QueryOptions {
  readonly fold: boolean;
  readonly valuesAreFiles: boolean;
  readonly defaultType: string;
  /** A name of main.cf, expanded. */
  setting(name: string): string | undefined;
  readonly log: Log;
  /** Between key and value of a line: a tab for postmap, colon and tab for postalias. */
  readonly separator: string;
}

/** @throws {FatalError} */
export function openTable(table: TableSpec, options: QueryOptions): Dict {
  const row = dictType(table.type);
  if (table.name === '')
    throw new FatalError(
      `open dictionary: expecting "type:name" form instead of "${table.type}:"`,
      1,
    );
  if (!row) throw new FatalError(`unsupported dictionary type: ${table.type}`, 1);
  const context: DictContext = {
    log: options.log,
    fold: options.fold,
    setting: (name) => options.setting(name),
    open: (spec) => openTable(splitSpec(spec, options.defaultType), options),
  };
  try {
    return row.open(table.name, context);
  } catch (error) {
    if (error instanceof TableError) throw new FatalError(error.message, 1, { cause: error });
    throw error;
  }
}

/** The first table that knows the key answers. Undefined: none does. @throws {FatalError} */
export async function queryTables(
  tables: readonly Dict[],
  key: string,
  options: QueryOptions,
): Promise<string | undefined> {
  for (const table of tables) {
    const result = await table.lookup(key);
    switch (result.is) {
      case 'found':
        if (result.value === '') {
          const { log } = options;
          log.warning(`table ${table.name}: key ${key}: empty string result is not allowed`);
          log.warning(`table ${table.name} should return NO RESULT in case of NOT FOUND`);
        }
        return options.valuesAreFiles ? decoded(result.value, table, key) : result.value;
      case 'error':
        throw new FatalError(`table ${table.name}: query error: ${result.reason}`, 1);
      case 'not-found':
    }
  }
  return undefined;
}

function decoded(value: string, table: Dict, key: string): string {
  if (!/^[A-Za-z0-9+/=\s]*$/.test(value))
    throw new FatalError(`table ${table.name}: key ${key}: malformed BASE64 value`, 1);
  return Buffer.from(value, 'base64').toString('utf8');
}

/** All entries, a line each, bytes as they are. @throws {FatalError} the type cannot be listed */
export function* listTable(table: TableSpec, options: QueryOptions): Iterable<Buffer> {
  const dict = openTable(table, options);
  if (!isDatabase(dict) || dictType(table.type)?.format?.isListable === false)
    throw new FatalError(`table ${dict.name}: sequence operation is not supported`, 1);
  const separator = Buffer.from(options.separator);
  const end = Buffer.from('\n');
  try {
    for (const [key, value] of dict.rawEntries()) {
      const shown = withoutNul(value);
      yield Buffer.concat([
        withoutNul(key),
        separator,
        options.valuesAreFiles ? Buffer.from(shown.toString('latin1'), 'base64') : shown,
        end,
      ]);
    }
  } catch (error) {
    if (error instanceof TableError) throw new FatalError(error.message, 1, { cause: error });
    throw error;
  }
}
