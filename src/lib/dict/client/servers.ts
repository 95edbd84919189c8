/**
 * dict/client/servers - the servers of an SQL table: which is asked, what happens when one is in trouble.
 *
 * A server with an open connection is asked first, of several any; UNIX sockets before the network. One in trouble is
 * left alone for retry_interval while the others are asked. A few connections a server, each closed when idle.
 * Postfix: dict_mysql.c, dict_pgsql.c.
 */
import { errnoText } from '../../util/errno-text.js';
import { Gate } from '../../util/gate.js';

/** The server understood and refused: the connection is as good as before. */
export class QueryRefused extends Error {}

export interface Connection {
  /** False once the other side is gone. */
  readonly isOpen: boolean;
  /** Whether the process may end while nothing is asked. */
  hold(isBusy: boolean): void;
  close(): void;
}

export interface Server<C extends Connection> {
  /** As the log names it. */
  readonly name: string;
  readonly isLocal: boolean;
  /** @throws {Error} in bounded time */
  connect(): Promise<C>;
}

export interface ServersOptions {
  /** For the log: `mysql`. */
  readonly kind: string;
  /** Seconds. */
  readonly idleInterval: number;
  readonly retryInterval: number;
  warn(text: string): void;
}

const maxConnections = 4; // lookups at a time on one server; further ones wait their turn
const queryMs = 30_000; // an answer that takes longer is none

export class Servers<C extends Connection> {
  readonly #pools: readonly Pool<C>[];
  readonly #options: ServersOptions;

  constructor(servers: readonly Server<C>[], options: ServersOptions) {
    this.#options = options;
    this.#pools = servers.map((server) => new Pool(server, options));
  }

  /** @throws {Error} of no server there is an answer */
  async use<T>(work: (connection: C) => Promise<T>): Promise<T> {
    const tried = new Set<Pool<C>>();
    let trouble: Error | undefined;
    for (;;) {
      const pool = this.#choose(tried);
      if (!pool) throw trouble ?? new Error(this.#allDown());
      tried.add(pool);
      try {
        return await pool.use(work);
      } catch (error) {
        trouble = error as Error;
        if (error instanceof QueryRefused)
          this.#options.warn(
            `${this.#options.kind} query failed: error from server ${pool.name}: ${error.message}`,
          );
      }
    }
  }

  close(): void {
    for (const pool of this.#pools) pool.close();
  }

  #choose(tried: ReadonlySet<Pool<C>>): Pool<C> | undefined {
    const left = this.#pools.filter((pool) => !tried.has(pool) && !pool.isDown);
    for (const wanted of [
      left.filter((pool) => pool.isConnected && pool.isLocal),
      left.filter((pool) => pool.isConnected),
      left.filter((pool) => pool.isLocal),
      left,
    ]) {
      if (wanted.length > 0) return wanted[Math.floor(Math.random() * wanted.length)];
    }
    return undefined;
  }

  #allDown(): string {
    const reasons = this.#pools.map(({ name, trouble }) => `${name}: ${trouble}`);
    return `no ${this.#options.kind} server can be asked (${reasons.join('; ')})`;
  }
}

/** The connections to one server. */
class Pool<C extends Connection> {
  readonly name: string;
  readonly isLocal: boolean;
  /** Why it is left alone. */
  trouble = '';
  readonly #server: Server<C>;
  readonly #options: ServersOptions;
  readonly #gate = new Gate(maxConnections);
  readonly #idle: { readonly connection: C; readonly timer: NodeJS.Timeout }[] = [];
  #busy = 0;
  #downUntil = -Infinity;
  #isClosed = false;

  constructor(server: Server<C>, options: ServersOptions) {
    this.name = server.name;
    this.isLocal = server.isLocal;
    this.#server = server;
    this.#options = options;
  }

  get isDown(): boolean {
    return performance.now() < this.#downUntil;
  }

  get isConnected(): boolean {
    return this.#busy + this.#idle.length > 0;
  }

  use<T>(work: (connection: C) => Promise<T>): Promise<T> {
    return this.#gate.run('', async () => {
      // Others that waited here with us have found out meanwhile.
      if (this.isDown) throw new Error(`${this.name}: ${this.trouble}`);
      const kept = this.#takeIdle();
      if (kept) {
        try {
          return await this.#ask(kept, work);
        } catch (error) {
          // The server may have been started anew since the last question.
          if (error instanceof QueryRefused) throw error;
        }
      }
      try {
        return await this.#ask(await this.#connect(), work);
      } catch (error) {
        if (!(error instanceof QueryRefused)) this.#isInTrouble(errnoText(error));
        throw error;
      }
    });
  }

  close(): void {
    this.#isClosed = true;
    for (let kept = this.#takeIdle(); kept; kept = this.#takeIdle()) kept.close();
  }

  async #connect(): Promise<C> {
    try {
      return await this.#server.connect();
    } catch (error) {
      throw new Error(errnoText(error), { cause: error });
    }
  }

  #isInTrouble(reason: string): void {
    this.trouble = reason;
    this.#downUntil = performance.now() + this.#options.retryInterval * 1000;
    this.#options.warn(`${this.#options.kind} server ${this.name}: ${reason}`);
  }

  async #ask<T>(connection: C, work: (connection: C) => Promise<T>): Promise<T> {
    this.#busy += 1;
    connection.hold(true);
    try {
      const answer = await inTime(work(connection));
      this.#keep(connection);
      return answer;
    } catch (error) {
      if (error instanceof QueryRefused) this.#keep(connection);
      else connection.close();
      throw error;
    } finally {
      this.#busy -= 1;
    }
  }

  #takeIdle(): C | undefined {
    for (let kept = this.#idle.pop(); kept; kept = this.#idle.pop()) {
      clearTimeout(kept.timer);
      if (kept.connection.isOpen) return kept.connection;
      kept.connection.close();
    }
    return undefined;
  }

  #keep(connection: C): void {
    if (this.#isClosed || !connection.isOpen) {
      connection.close();
      return;
    }
    connection.hold(false);
    const timer = setTimeout(() => {
      const at = this.#idle.findIndex((kept) => kept.connection === connection);
      if (at >= 0) this.#idle.splice(at, 1);
      connection.close();
    }, this.#options.idleInterval * 1000).unref();
    this.#idle.push({ connection, timer });
  }
}

function inTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the query takes too long')), queryMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
