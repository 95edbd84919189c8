/**
 * dict/type/sqlite - `sqlite:/etc/postfix/users.cf`: SQLite databases, by the system's libsqlite3 or Node's.
 *
 * The database is opened when first asked, and again after trouble. Standard: sqlite_table(5).
 */
import { loadSqlite, type SqliteDatabase } from '../../sys/sqlite.js';
import { clientDict } from '../client/lookup.js';
import { quoteSql } from '../client/pgsql-connection.js';
import { clientFile, readClientSettings } from '../client/settings.js';
import { queryText } from '../client/sql.js';
import { fillQuery, parseTemplate } from '../client/template.js';
import { type DictType, TableError } from '../type.js';

export const sqlite: DictType = {
  name: 'sqlite',
  file: clientFile,
  open(name, context) {
    const settings = readClientSettings('sqlite', name, context);
    const path = settings.required('dbpath');
    const query = parseTemplate(queryText(settings), 'query', settings.table);
    const library = load(settings.table);
    let database: SqliteDatabase | undefined;
    const close = (): void => {
      database?.close();
      database = undefined;
    };
    return clientDict(
      {
        settings,
        queries: [query],
        resultFormat: settings.text('result_format', '%s'),
        expansionLimit: settings.number('expansion_limit', 0),
        ask(key, add) {
          const sql = fillQuery(query, key, (text) => quoteSql(text, false));
          let rows: readonly (readonly (string | null)[])[];
          try {
            database ??= library.open(path);
            rows = database.query(sql);
          } catch (error) {
            close();
            throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
          }
          for (const [first] of rows) add(first ?? null); // Postfix looks at the first column only
        },
        close,
      },
      context,
    );
  },
};

function load(table: string): ReturnType<typeof loadSqlite> {
  try {
    return loadSqlite();
  } catch (error) {
    throw new TableError(`${table}: install libsqlite3, or run Node 22.5 or later`, {
      cause: error,
    });
  }
}
