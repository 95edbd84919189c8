/**
 * sys/sqlite - questions to SQLite databases, by libsqlite3: the library that Postfix's sqlite: tables use.
 *
 * The system's library minds the locks and journals of whoever writes to the database meanwhile. Where it is missing,
 * Node's own copy (Node 22.5 and later) does; where that is missing, too, loadSqlite() throws Unavailable.
 */
import process from 'node:process';
import { foreign } from './libc.js';
import { Unavailable } from './pattern.js';

export interface SqliteDatabase {
  /** All rows, each value as text. Blocks: keep to what an index finds. @throws {Error} */
  query(text: string): readonly (readonly (string | null)[])[];
  close(): void;
}

export interface Sqlite {
  /** @throws {Error} `unable to open database file` */
  open(path: string): SqliteDatabase;
}

let loaded: Sqlite | undefined;

/** @throws {Unavailable} */
export function loadSqlite(): Sqlite {
  return (loaded ??= loadSystem() ?? loadBuiltin() ?? unavailable());
}

function unavailable(): never {
  throw new Unavailable('libsqlite3');
}

// sqlite3.h
const ok = 0;
const row = 100;
const done = 101;
const openReadWrite = 2; // a database that may not be written is opened for reading; WAL needs its index written

type Call = (...args: unknown[]) => unknown;

function loadSystem(): Sqlite | undefined {
  const names =
    process.platform === 'darwin'
      ? ['/usr/lib/libsqlite3.dylib', 'libsqlite3.dylib']
      : ['libsqlite3.so.0', 'libsqlite3.so'];
  for (const name of names) {
    try {
      const library = foreign().load(name);
      return bind((prototype) => library.func(prototype));
    } catch {
      // The next name may be there.
    }
  }
  return undefined;
}

function bind(get: (prototype: string) => Call): Sqlite {
  const open = get('int sqlite3_open_v2(const char *, _Out_ void **, int, const char *)');
  const close = get('int sqlite3_close_v2(void *)');
  const message = get('const char *sqlite3_errmsg(void *)');
  const prepare = get('int sqlite3_prepare_v2(void *, const char *, int, _Out_ void **, void *)');
  const step = get('int sqlite3_step(void *)');
  const columns = get('int sqlite3_column_count(void *)');
  const text = get('const char *sqlite3_column_text(void *, int)');
  const finalize = get('int sqlite3_finalize(void *)');

  return {
    open(path) {
      const handle: unknown[] = [null];
      const status = open(path, handle, openReadWrite, null);
      let database = handle[0];
      const problem = (): Error => new Error(message(database) as string);
      if (status !== ok) {
        const error = database === null ? new Error('out of memory') : problem();
        close(database);
        throw error;
      }
      return {
        query(sql) {
          if (database === null) throw new Error('the database is closed');
          const statement: unknown[] = [null];
          if (prepare(database, sql, -1, statement, null) !== ok) throw problem();
          const prepared = statement[0];
          if (prepared === null) return []; // no SQL at all
          try {
            const rows: (string | null)[][] = [];
            for (;;) {
              const result = step(prepared);
              if (result === done) return rows;
              if (result !== row) throw problem();
              const count = columns(prepared) as number;
              rows.push(
                Array.from({ length: count }, (_, at) => text(prepared, at) as string | null),
              );
            }
          } finally {
            finalize(prepared);
          }
        },
        close() {
          if (database !== null) close(database);
          database = null;
        },
      };
    },
  };
}

interface BuiltinDatabase {
  prepare(sql: string): {
    setReadBigInts(wanted: boolean): void;
    all(): Readonly<Record<string, unknown>>[];
  };
  close(): void;
}

function loadBuiltin(): Sqlite | undefined {
  const get = (process as { getBuiltinModule?: (name: string) => unknown }).getBuiltinModule;
  const builtin = get?.('node:sqlite') as
    | {
        readonly DatabaseSync: new (
          path: string,
          options: { readOnly: boolean },
        ) => BuiltinDatabase;
      }
    | undefined;
  if (!builtin) return undefined;
  return {
    open(path) {
      const database = new builtin.DatabaseSync(path, { readOnly: true });
      return {
        query(sql) {
          const statement = database.prepare(sql);
          statement.setReadBigInts(true);
          return statement.all().map((found) => Object.values(found).map(asText));
        },
        close: () => database.close(),
      };
    },
  };
}

function asText(value: unknown): string | null {
  if (typeof value === 'string' || value === null) return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return Buffer.from(value as Uint8Array).toString();
}
