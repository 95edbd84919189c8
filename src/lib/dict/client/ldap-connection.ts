/**
 * dict/client/ldap-connection - one connection to a directory, bound, opened when first asked and again when lost.
 *
 * Several questions may be under way on it at a time. The servers are tried in the order given.
 */
import net from 'node:net';
import tls from 'node:tls';
import { errnoText } from '../../util/errno-text.js';
import { readTlsFiles, type TlsFiles } from './tls-files.js';

/** What is used of the package ldapts. */
export interface LdapDriver {
  readonly Client: new (options: LdapClientOptions) => LdapClient;
}

interface LdapClientOptions {
  readonly url: string;
  readonly timeout: number;
  readonly connectTimeout: number;
  readonly tlsOptions?: tls.ConnectionOptions;
  readonly createConnection: (port: number, host: string) => net.Socket;
  readonly createSecureConnection: typeof tls.connect;
}

interface LdapClient {
  readonly isConnected: boolean;
  bind(name: string, password?: string): Promise<void>;
  startTLS(options: tls.ConnectionOptions): Promise<void>;
  search(base: string, options: LdapSearch): Promise<LdapAnswer>;
  unbind(): Promise<void>;
}

export interface LdapSearch {
  readonly scope: LdapScope;
  readonly filter: string;
  readonly attributes: string[];
}

export type LdapScope = 'sub' | 'one' | 'base';

export type LdapEntry = Readonly<Record<string, string | Buffer | readonly (string | Buffer)[]>>;

interface LdapAnswer {
  readonly searchEntries: readonly LdapEntry[];
}

export interface LdapOptions {
  /** `ldap://host:389`, `ldaps://host`, `ldapi://%2Fpath`. */
  readonly urls: readonly string[];
  readonly timeoutMs: number;
  readonly startTls: boolean;
  readonly tls: TlsFiles;
  readonly requireCert: boolean;
  readonly bind:
    | { readonly is: 'none' }
    | { readonly is: 'simple'; readonly dn: string; readonly password: string }
    | { readonly is: 'sasl'; readonly mechanism: string; readonly password: string };
  warn(text: string): void;
}

const idleMs = 60_000;

export class LdapConnection {
  readonly #driver: LdapDriver;
  readonly #options: LdapOptions;
  #opening: Promise<LdapClient> | undefined;
  #socket: net.Socket | undefined;
  #busy = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(driver: LdapDriver, options: LdapOptions) {
    this.#driver = driver;
    this.#options = options;
  }

  /** Undefined: there is no such base. @throws {Error} no server, or what it says is wrong */
  async search(base: string, search: LdapSearch): Promise<readonly LdapEntry[] | undefined> {
    clearTimeout(this.#idle);
    this.#busy += 1;
    this.#socket?.ref();
    try {
      return await this.#ask(base, search, this.#opening !== undefined);
    } finally {
      this.#busy -= 1;
      if (this.#busy === 0) {
        this.#socket?.unref();
        this.#idle = setTimeout(() => this.close(), idleMs).unref();
      }
    }
  }

  close(): void {
    clearTimeout(this.#idle);
    const opening = this.#opening;
    this.#opening = undefined;
    this.#socket = undefined;
    opening?.then((client) => client.unbind()).catch(() => undefined);
  }

  async #ask(
    base: string,
    search: LdapSearch,
    mayBeStale: boolean,
  ): Promise<readonly LdapEntry[] | undefined> {
    const opening = (this.#opening ??= this.#open());
    try {
      const client = await opening;
      if (!client.isConnected) throw new Error('the server closed the connection');
      return (await client.search(base, search)).searchEntries;
    } catch (error) {
      const code = resultCode(error);
      if (code === noSuchObject) return undefined;
      if (code !== undefined && !connectionCodes.has(code)) throw error;
      if (this.#opening === opening) this.close();
      if (!mayBeStale) throw error;
      return this.#ask(base, search, false); // the server may have been started anew meanwhile
    }
  }

  async #open(): Promise<LdapClient> {
    let trouble: unknown;
    for (const url of this.#options.urls) {
      try {
        return await this.#connect(url);
      } catch (error) {
        trouble = error;
        this.#options.warn(`ldap server ${url}: ${errnoText(error)}`);
      }
    }
    throw trouble;
  }

  async #connect(url: string): Promise<LdapClient> {
    const { timeoutMs, requireCert, startTls, bind } = this.#options;
    const secure = (): tls.ConnectionOptions => ({
      ...readTlsFiles(this.#options.tls),
      rejectUnauthorized: requireCert,
    });
    const path = socketPath(url);
    const keep = <Socket extends net.Socket>(socket: Socket): Socket => {
      this.#socket = socket;
      return socket;
    };
    const client = new this.#driver.Client({
      url: path === undefined ? url : 'ldap://localhost',
      timeout: timeoutMs,
      connectTimeout: timeoutMs,
      createConnection: (port, host) =>
        keep(path === undefined ? net.connect(port, host) : net.connect(path)),
      createSecureConnection: ((...given: Parameters<typeof tls.connect>) =>
        keep(tls.connect(...given))) as typeof tls.connect,
      ...(url.startsWith('ldaps:') ? { tlsOptions: secure() } : {}),
    });
    try {
      if (startTls) await client.startTLS({ ...secure(), host: new URL(url).hostname });
      if (bind.is === 'simple') await client.bind(bind.dn, bind.password);
      else if (bind.is === 'sasl') await client.bind(bind.mechanism, bind.password);
      else await reach(client);
      return client;
    } catch (error) {
      client.unbind().catch(() => undefined);
      throw error;
    }
  }
}

/** Connects without binding: any answer will do. */
async function reach(client: LdapClient): Promise<void> {
  try {
    await client.search('', { scope: 'base', filter: '(objectClass=*)', attributes: ['1.1'] });
  } catch (error) {
    if (resultCode(error) === undefined) throw error;
  }
}

const noSuchObject = 32; // RFC 4511 appendix A
/** The connection is over, or will be: busy, unavailable. */
const connectionCodes = new Set([51, 52]);

function resultCode(error: unknown): number | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' ? code : undefined;
}

function socketPath(url: string): string | undefined {
  if (!url.startsWith('ldapi:')) return undefined;
  const path = decodeURIComponent(url.replace(/^ldapi:\/\//, '').replace(/\/.*$/, ''));
  return path === '' ? '/var/run/slapd/ldapi' : path;
}
