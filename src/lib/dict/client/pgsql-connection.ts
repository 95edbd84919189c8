/**
 * dict/client/pgsql-connection - one connection to PostgreSQL.
 *
 * Like libpq without further settings it takes TLS where the server offers it, unverified (sslmode=prefer).
 * A `postgresql://` address says what it wants by itself.
 */
import { type Server, QueryRefused } from './servers.js';
import { parseServer, type Row, type SqlConnection } from './sql.js';

/** What is used of the package pg. */
export interface PgDriver {
  readonly Client: new (options: PgOptions) => PgClient;
}

interface PgOptions {
  readonly connectionString?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string | (() => string);
  readonly database?: string;
  readonly ssl?: { readonly rejectUnauthorized: boolean };
  readonly connectionTimeoutMillis: number;
  readonly keepAlive: boolean;
  readonly application_name: string;
}

interface PgResult {
  readonly rows: readonly Row[];
}

interface PgClient {
  readonly connection: {
    readonly stream: { destroy(): void };
    on(
      event: 'parameterStatus',
      listener: (message: { parameterName: string; parameterValue: string }) => void,
    ): void;
  };
  on(event: 'error' | 'end', listener: () => void): void;
  connect(): Promise<void>;
  query(query: {
    text: string;
    rowMode: 'array';
    types: { getTypeParser(): (text: string) => string };
  }): Promise<PgResult | readonly PgResult[]>;
  ref(): void;
  unref(): void;
  end(): Promise<void>;
}

export interface PgLogin {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

const connectMs = 10_000;
const asText = { getTypeParser: () => (text: string) => text };

export function pgsqlServer(pg: PgDriver, host: string, login: PgLogin): Server<SqlConnection> {
  const options = addressOptions(host, login);
  const isUri = options.connectionString !== undefined;
  const isLocal = options.host?.startsWith('/') === true;
  return {
    name: isUri ? host.replace(/\/\/[^/@]*@/, '//') : host,
    isLocal,
    async connect() {
      if (isUri || isLocal) return connect(pg, options);
      try {
        return await connect(pg, { ...options, ssl: { rejectUnauthorized: false } });
      } catch (error) {
        if (!/does not support SSL/.test(String(error))) throw error;
        return connect(pg, options);
      }
    },
  };
}

function addressOptions(host: string, login: PgLogin): PgOptions {
  const common = {
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    application_name: 'hikyaku',
    ...(login.user === '' ? {} : { user: login.user }),
    // A function, so that no ~/.pgpass is read.
    password: login.password === '' ? () => process.env['PGPASSWORD'] ?? '' : login.password,
    ...(login.database === '' ? {} : { database: login.database }),
  };
  if (/^postgres(?:ql)?:\/\//.test(host)) {
    const { connectionTimeoutMillis, keepAlive, application_name } = common;
    // sslmode as libpq understands it: `require` encrypts and does not verify.
    const uri = /[?&]sslmode=/.test(host) ? `${host}&uselibpqcompat=true` : host;
    return { connectionString: uri, connectionTimeoutMillis, keepAlive, application_name };
  }
  const { path, ...address } = parseServer(host);
  if (path === undefined) return { ...common, ...address };
  const [, directory = path, port] = /^(.*?)(?::(\d+)|\/\.s\.PGSQL\.(\d+))?$/.exec(path) ?? [];
  const socketPort = port ?? /\.s\.PGSQL\.(\d+)$/.exec(path)?.[1];
  return {
    ...common,
    host: directory,
    ...(socketPort === undefined ? {} : { port: Number(socketPort) }),
  };
}

async function connect(pg: PgDriver, options: PgOptions): Promise<SqlConnection> {
  const client = new pg.Client(options);
  let isOpen = true;
  let backslashEscapes = false;
  const lost = (): void => {
    isOpen = false;
  };
  client.on('error', lost);
  client.on('end', lost);
  client.connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
    if (parameterName === 'standard_conforming_strings') backslashEscapes = parameterValue !== 'on';
  });
  try {
    await client.connect();
  } catch (error) {
    client.connection.stream.destroy();
    throw error;
  }
  return {
    get isOpen() {
      return isOpen;
    },
    hold(isBusy) {
      if (isBusy) client.ref();
      else client.unref();
    },
    quote: (text) => quoteSql(text, backslashEscapes),
    async query(text) {
      try {
        const result = await client.query({ text, rowMode: 'array', types: asText });
        const last = Array.isArray(result) ? (result as readonly PgResult[]).at(-1) : result;
        return (last as PgResult | undefined)?.rows ?? [];
      } catch (error) {
        throw asRefusal(error);
      }
    },
    close() {
      isOpen = false;
      // The socket is shut at once where the server does not answer the goodbye.
      const timer = setTimeout(() => client.connection.stream.destroy(), 1000).unref();
      client.end().then(
        () => clearTimeout(timer),
        () => undefined,
      );
    },
  };
}

/** As PQescapeStringConn(): a quote is doubled, a backslash where the server takes it for an escape. */
export function quoteSql(text: string, backslashEscapes: boolean): string {
  const quoted = text.replaceAll("'", "''");
  return backslashEscapes ? quoted.replaceAll('\\', '\\\\') : quoted;
}

/** A severity tells that the server answered; SQLSTATE classes 57P (it is going down) and 08 end the connection. */
function asRefusal(error: unknown): unknown {
  const { severity, code = '', message } = error as Partial<Record<string, string>>;
  return severity === 'ERROR' && !/^(?:57P|08)/.test(code)
    ? new QueryRefused(message, { cause: error })
    : error;
}
