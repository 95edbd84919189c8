/**
 * dict/net/connection - one connection to a table server: a question, an answer, the next question.
 *
 * It is opened when first needed, closed when idle or in trouble, and opened again once when an answer fails to come
 * over a connection that had been idle. Every wait has a deadline; answers are bounded.
 */
import net from 'node:net';

export interface ServerAddress {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
}

export interface ConnectionOptions {
  readonly address: ServerAddress;
  /** Takes one whole answer off the front; undefined: more is needed. @throws {Error} not the protocol */
  readonly takeAnswer: (
    bytes: Buffer,
  ) => { readonly answer: string; readonly size: number } | undefined;
  readonly maxAnswer: number;
  readonly timeoutMs?: number;
}

const usualTimeoutMs = 100_000; // Postfix's for tcp_table and socketmap_table
const idleMs = 10_000;

interface Waiting {
  readonly question: Buffer;
  resolve(answer: string): void;
  reject(error: Error): void;
}

export class ServerConnection {
  readonly #options: ConnectionOptions;
  readonly #queue: Waiting[] = [];
  #socket: net.Socket | undefined;
  #current: Waiting | undefined;
  #received: Buffer = Buffer.alloc(0);
  #isFresh = true;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** @throws {Error} no connection, no answer in time, or not the protocol */
  ask(question: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ question, resolve, reject });
      this.#next();
    });
  }

  close(): void {
    this.#isClosed = true;
    if (!this.#current) this.#drop();
  }

  #next(): void {
    if (this.#current) return;
    const next = this.#queue.shift();
    if (!next) {
      if (this.#isClosed) this.#drop();
      else this.#socket?.setTimeout(idleMs).unref();
      return;
    }
    this.#current = next;
    this.#socket ??= this.#connect();
    this.#socket.setTimeout(this.#options.timeoutMs ?? usualTimeoutMs).ref();
    this.#socket.write(next.question);
  }

  #connect(): net.Socket {
    const { host, port, path } = this.#options.address;
    const socket = path === undefined ? net.connect(port ?? 0, host) : net.connect(path);
    this.#isFresh = true;
    socket.setNoDelay(true);
    socket.on('data', (data: Buffer) => this.#receive(socket, data));
    socket.on('timeout', () => this.#failed(socket, new Error('Connection timed out')));
    socket.on('error', (error) => this.#failed(socket, error));
    socket.on('close', () => this.#failed(socket, new Error('connection closed by the server')));
    return socket;
  }

  #receive(socket: net.Socket, data: Buffer): void {
    if (socket !== this.#socket) return;
    this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    let taken: ReturnType<ConnectionOptions['takeAnswer']>;
    try {
      if (!this.#current) throw new Error('the server speaks without being asked');
      taken = this.#options.takeAnswer(this.#received);
      if (!taken && this.#received.length > this.#options.maxAnswer)
        throw new Error('the answer is too long');
    } catch (error) {
      this.#isFresh = true; // no second try: it would end the same way
      this.#failed(socket, error as Error);
      return;
    }
    if (!taken) return;
    this.#received = this.#received.subarray(taken.size);
    const answered = this.#current;
    this.#current = undefined;
    this.#isFresh = false;
    answered.resolve(taken.answer);
    this.#next();
  }

  #failed(socket: net.Socket, error: Error): void {
    if (socket !== this.#socket) return;
    const current = this.#current;
    const wasIdle = !this.#isFresh && this.#received.length === 0;
    this.#current = undefined;
    this.#drop();
    if (!current) return;
    // A server may have closed the connection while nothing was asked.
    if (wasIdle) this.#queue.unshift(current);
    else current.reject(error);
    this.#next();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#received = Buffer.alloc(0);
    socket?.destroy();
  }
}
