/** dict/client/mysql-connection - one connection to MySQL or MariaDB. */
import type { ConnectionOptions } from 'node:tls';
import { type Server, QueryRefused } from './servers.js';
import { type Row, type ServerSpec, type SqlConnection } from './sql.js';
import { readTlsFiles, type TlsFiles } from './tls-files.js';

/** What is used of the package mysql2. */
export interface MysqlDriver {
  createConnection(options: MysqlOptions): MysqlClient;
}

interface MysqlField {
  readonly type: string;
  string(): string | null;
  buffer(): Buffer | null;
}

interface MysqlOptions {
  readonly host?: string;
  readonly port?: number;
  readonly socketPath?: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly charset: string;
  readonly connectTimeout: number;
  readonly rowsAsArray: boolean;
  readonly ssl?: ConnectionOptions & { readonly verifyIdentity: boolean };
  readonly typeCast: (field: MysqlField) => string | null;
}

type MysqlError = Error & { code?: string; fatal?: boolean; sqlState?: string };
type Answer = (error: MysqlError | null, rows: unknown, fields: unknown) => void;

interface MysqlClient {
  readonly stream: { ref(): void; unref(): void };
  on(event: 'error' | 'end', listener: () => void): void;
  connect(done: (error: MysqlError | null) => void): void;
  query(text: string, answer: Answer): void;
  end(done: () => void): void;
  destroy(): void;
}

export interface MysqlLogin {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly charset: string;
  readonly requireResultSet: boolean;
  /** Undefined: no TLS. */
  readonly tls: TlsFiles | undefined;
  readonly verifyServer: boolean;
}

const connectMs = 10_000;

export function mysqlServer(
  mysql: MysqlDriver,
  name: string,
  { host, port, path }: ServerSpec,
  login: MysqlLogin,
): Server<SqlConnection> {
  const isUtf8 = login.charset.toLowerCase().startsWith('utf8');
  return {
    name,
    isLocal: path !== undefined,
    async connect() {
      const tls = login.tls && readTlsFiles(login.tls);
      const client = mysql.createConnection({
        ...(path === undefined
          ? { host: host ?? 'localhost', port: port ?? 3306 }
          : { socketPath: path }),
        user: login.user,
        password: login.password,
        database: login.database,
        charset: login.charset,
        connectTimeout: connectMs,
        rowsAsArray: true,
        ...(tls
          ? {
              ssl: {
                ...tls,
                rejectUnauthorized: login.verifyServer || tls.ca !== undefined,
                verifyIdentity: login.verifyServer,
              },
            }
          : {}),
        typeCast: (field) => (isUtf8 ? (field.buffer()?.toString('utf8') ?? null) : field.string()),
      });
      const connection = new MysqlConnection(client, login.requireResultSet);
      await connection.start();
      return connection;
    },
  };
}

class MysqlConnection implements SqlConnection {
  isOpen = true;
  readonly #client: MysqlClient;
  readonly #requireResultSet: boolean;
  #backslashEscapes = true;

  constructor(client: MysqlClient, requireResultSet: boolean) {
    this.#client = client;
    this.#requireResultSet = requireResultSet;
    const lost = (): void => {
      this.isOpen = false;
    };
    client.on('error', lost);
    client.on('end', lost);
  }

  async start(): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) =>
        this.#client.connect((error) => (error ? reject(error) : resolve())),
      );
      const [mode] = (await this.#ask('SELECT @@SESSION.sql_mode')) ?? [];
      this.#backslashEscapes = !(mode?.[0] ?? '').includes('NO_BACKSLASH_ESCAPES');
    } catch (error) {
      this.#client.destroy();
      throw error;
    }
  }

  hold(isBusy: boolean): void {
    if (isBusy) this.#client.stream.ref();
    else this.#client.stream.unref();
  }

  quote(text: string): string {
    return quoteMysql(text, this.#backslashEscapes);
  }

  async query(text: string): Promise<readonly Row[]> {
    const rows = await this.#ask(text);
    if (!rows && this.#requireResultSet)
      throw new QueryRefused('the query gives no result set (require_result_set = yes)');
    return rows ?? [];
  }

  /** Undefined: no result set. */
  #ask(text: string): Promise<readonly Row[] | undefined> {
    return new Promise((resolve, reject) => {
      this.#client.query(text, (error, rows, fields) => {
        if (error) {
          const isRefusal = error.sqlState !== undefined && error.fatal !== true && this.isOpen;
          reject(isRefusal ? new QueryRefused(error.message, { cause: error }) : error);
          return;
        }
        try {
          resolve(resultSet(rows, fields));
        } catch (problem) {
          reject(problem instanceof Error ? problem : new Error(String(problem)));
        }
      });
    });
  }

  close(): void {
    this.isOpen = false;
    const timer = setTimeout(() => this.#client.destroy(), 1000).unref();
    this.#client.end(() => {
      clearTimeout(timer);
      this.#client.destroy();
    });
  }
}

/** A stored procedure gives its result sets and then how it went; more than one of them is too many. */
function resultSet(rows: unknown, fields: unknown): readonly Row[] | undefined {
  if (!Array.isArray(fields)) return undefined;
  const isList = fields.some((each) => each === undefined || Array.isArray(each));
  if (!isList) return rows as Row[];
  const sets = fields.flatMap((each: unknown, index): Row[][] =>
    Array.isArray(each) ? [(rows as Row[][])[index] ?? []] : [],
  );
  if (sets.length > 1) throw new QueryRefused('the query gives several result sets');
  return sets[0];
}

const escapes: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\n': '\\n',
  '\r': '\\r',
  '\x1a': '\\Z',
  '"': '\\"',
  "'": "\\'",
  '\\': '\\\\',
};

/** As mysql_real_escape_string(), which minds the server's sql_mode. */
export function quoteMysql(text: string, backslashEscapes: boolean): string {
  return backslashEscapes
    ? text.replace(/[\0\n\r\x1a"'\\]/g, (char) => escapes[char] ?? char)
    : text.replaceAll("'", "''");
}
