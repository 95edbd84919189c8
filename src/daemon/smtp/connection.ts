/**
 * smtp/connection - one SMTP connection to a server: commands out, replies in, each with its deadline.
 */
import net, { type Socket } from 'node:net';
import { type Offers, parseOffers, ReplyReader } from '../../lib/protocol/smtp/client.js';
import type { Reply } from '../../lib/protocol/smtp/reply.js';
import { errnoText } from '../../lib/util/errno-text.js';
import type { Server } from './destination.js';
import { dsnOf, said, Trouble } from './trouble.js';

export interface ConnectionOptions {
  readonly server: Server;
  readonly connectTimeoutMs: number;
  readonly bindAddress: string | undefined;
}

export class Connection {
  readonly server: Server;
  readonly #socket: Socket;
  readonly #reader = new ReplyReader();
  #wake: (() => void) | undefined;
  #problem: string | undefined;
  offers: Offers = { keywords: new Set(), size: 0 };
  /** Messages sent so far. */
  uses = 0;
  readonly since: number;
  connectedAt = 0;

  private constructor(server: Server, socket: Socket, now: number) {
    this.server = server;
    this.#socket = socket;
    this.since = now;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => {
      this.#reader.receive(bytes);
      this.#wake?.();
    });
    const lost = (): void => {
      this.#problem ??= 'lost connection';
      this.#wake?.();
    };
    socket.on('error', lost);
    socket.on('end', lost);
    socket.on('close', lost);
  }

  /** @throws {Trouble} `connect to H[IP]:P: reason` */
  static open(
    { server, connectTimeoutMs, bindAddress }: ConnectionOptions,
    now: number,
  ): Promise<Connection> {
    const where = `connect to ${server.host}[${server.address}]:${server.port}`;
    return new Promise((resolve, reject) => {
      const socket = net.connect({
        host: server.address,
        port: server.port,
        ...(bindAddress === undefined ? {} : { localAddress: bindAddress }),
      });
      const timer = setTimeout(() => fail('Connection timed out'), connectTimeoutMs);
      const fail = (reason: string): void => {
        clearTimeout(timer);
        socket.destroy();
        reject(new Trouble('4.4.1', `${where}: ${reason}`, { ofSite: true }));
      };
      const onError = (error: Error): void => fail(errnoText(error));
      socket.once('error', onError);
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.off('error', onError);
        resolve(new Connection(server, socket, now));
      });
    });
  }

  /** `host[192.0.2.1]` */
  get label(): string {
    return `${this.server.host}[${this.server.address}]`;
  }

  /** `host[192.0.2.1]:25` */
  get relay(): string {
    return `${this.label}:${this.server.port}`;
  }

  get isUsable(): boolean {
    return this.#problem === undefined && !this.#reader.hasRest;
  }

  offersKeyword(keyword: string): boolean {
    return this.offers.keywords.has(keyword);
  }

  write(bytes: string | Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  /** Resolves when the socket takes more, or is gone. @throws {Trouble} at the deadline */
  drained(doing: string, timeoutMs: number): Promise<void> {
    return this.#until(
      () => !this.#socket.writableNeedDrain || this.#problem !== undefined,
      doing,
      timeoutMs,
    );
  }

  /** The next reply. @param doing for the error: `sending MAIL FROM` @throws {Trouble} */
  async reply(doing: string, timeoutMs: number): Promise<Reply> {
    let answer: Reply | undefined;
    await this.#until(
      () => {
        answer = this.#next();
        return answer !== undefined || this.#problem !== undefined;
      },
      doing,
      timeoutMs,
    );
    if (answer) return answer;
    throw new Trouble(
      '4.4.2',
      `${this.#problem ?? 'lost connection'} with ${this.label} while ${doing}`,
      { ofSite: true },
    );
  }

  async command(line: string, doing: string, timeoutMs: number): Promise<Reply> {
    this.write(`${line}\r\n`);
    return this.reply(doing, timeoutMs);
  }

  /** Reads the greeting and says EHLO, or HELO. @throws {Trouble} */
  async handshake(options: {
    readonly heloName: string;
    readonly heloTimeoutMs: number;
    readonly greetingTimeoutMs: number;
    readonly verb: 'EHLO' | 'LHLO' | 'HELO';
    readonly skip5xx: boolean;
  }): Promise<void> {
    const greeting = await this.reply(
      'receiving the initial server greeting',
      options.greetingTimeoutMs,
    );
    if (greeting.code >= 500 && !options.skip5xx) throw this.#refused(greeting, '5');
    if (greeting.code >= 400) throw this.#refused(greeting, '4');
    const doing = `performing the ${options.verb} handshake`;
    const answer = await this.command(
      `${options.verb} ${options.heloName}`,
      doing,
      options.heloTimeoutMs,
    );
    if (answer.code < 400) {
      if (options.verb !== 'HELO') this.offers = parseOffers(answer);
      return;
    }
    if (options.verb !== 'EHLO') throw this.#helloRefused(answer, options.verb);
    const plain = await this.command(
      `HELO ${options.heloName}`,
      'performing the HELO handshake',
      options.heloTimeoutMs,
    );
    if (plain.code >= 400) throw this.#helloRefused(plain, 'HELO');
  }

  /** QUIT without waiting for the answer. */
  quit(): void {
    if (this.isUsable) this.#socket.end('QUIT\r\n');
    this.#socket.resume();
    this.#socket.setTimeout(5000, () => this.#socket.destroy());
  }

  destroy(): void {
    this.#problem ??= 'lost connection';
    this.#socket.destroy();
  }

  #next(): Reply | undefined {
    try {
      return this.#reader.next();
    } catch (error) {
      this.#problem = `server protocol error (${(error as Error).message})`;
      this.#socket.destroy();
      return undefined;
    }
  }

  #refused(greeting: Reply, digit: string): Trouble {
    const dsn = dsnOf(greeting).replace(/^\d/, digit);
    const text = `host ${this.label} refused to talk to me: ${greeting.code} ${greeting.enhanced === '' ? '' : `${greeting.enhanced} `}${greeting.lines.join(' ')}`;
    return new Trouble(dsn, text, { ofSite: true, reply: greeting });
  }

  #helloRefused(answer: Reply, verb: string): Trouble {
    return new Trouble(
      dsnOf(answer).replace(/^5/, answer.code >= 500 ? '5' : '4'),
      said(this.label, answer, verb),
      { ofSite: true, reply: answer },
    );
  }

  #until(condition: () => boolean, doing: string, timeoutMs: number): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#socket.off('drain', check);
        this.#wake = undefined;
      };
      const check = (): void => {
        if (!condition()) return;
        finish();
        resolve();
      };
      const timer = setTimeout(() => {
        finish();
        this.destroy();
        reject(
          new Trouble('4.4.2', `conversation with ${this.label} timed out while ${doing}`, {
            ofSite: true,
          }),
        );
      }, timeoutMs);
      this.#wake = check;
      this.#socket.on('drain', check);
    });
  }
}
