/**
 * dict/client/sql - what pgsql and mysql tables share: the query, old spellings of it, rows as values.
 *
 * Standard: mysql_table(5), pgsql_table(5), sqlite_table(5).
 */
import type { Dict } from '../dict.js';
import type { DictContext } from '../type.js';
import { clientDict } from './lookup.js';
import { type Connection, type Server, Servers } from './servers.js';
import type { ClientSettings } from './settings.js';
import { fillQuery, parseTemplate } from './template.js';

export type Row = readonly (string | null)[];

export interface SqlConnection extends Connection {
  /** For the inside of a string in single quotes, by the rules of this connection. */
  quote(text: string): string;
  /** @throws {QueryRefused} the server says what is wrong @throws {Error} the connection is of no use */
  query(text: string): Promise<readonly Row[]>;
}

/** @throws {TableError} */
export function sqlDict(
  kind: string,
  settings: ClientSettings,
  servers: readonly Server<SqlConnection>[],
  context: DictContext,
): Dict {
  const query = parseTemplate(queryText(settings), 'query', settings.table);
  const pool = new Servers(servers, {
    kind,
    idleInterval: settings.number('idle_interval', 60, 1),
    retryInterval: settings.number('retry_interval', 60, 1),
    warn: (text) => context.log.warning(text),
  });
  return clientDict(
    {
      settings,
      queries: [query],
      resultFormat: settings.text('result_format', '%s'),
      expansionLimit: settings.number('expansion_limit', 0),
      async ask(key, add) {
        const rows = await pool.use((connection) =>
          connection.query(fillQuery(query, key, (text) => connection.quote(text))),
        );
        for (const row of rows) for (const value of row) add(value);
      },
      close: () => pool.close(),
    },
    context,
  );
}

/** `query`, or what older settings are made into. @throws {TableError} none of them */
export function queryText(settings: ClientSettings): string {
  const query = settings.text('query');
  if (query !== '') return query;
  if (settings.table.startsWith('pgsql:')) {
    const name = settings.text('select_function');
    if (name !== '') return `SELECT ${name}('%s')`;
  }
  const field = settings.required('select_field');
  const where = settings.required('where_field');
  const more = settings.text('additional_conditions');
  return `SELECT ${field} FROM ${settings.required('table')} WHERE ${where}='%s' ${more}`;
}

export interface ServerSpec {
  readonly host?: string;
  readonly port?: number;
  /** `unix:` */
  readonly path?: string;
}

/** `unix:/path`, `inet:host:port`, `host`, `[address]:port`. */
export function parseServer(text: string): ServerSpec {
  if (text.startsWith('unix:')) return { path: text.slice(5) };
  if (text.startsWith('/')) return { path: text };
  const plain = text.replace(/^inet:/, '');
  const found = /^(?:\[([^\]]*)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(plain);
  const host = found?.[1] ?? found?.[2] ?? plain;
  return found?.[3] === undefined ? { host } : { host, port: Number(found[3]) };
}
