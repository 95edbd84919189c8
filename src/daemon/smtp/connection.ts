/**
 * smtp/connection - one conversation with a server: bytes out, replies in, each wait with its deadline.
 *
 * The stream below may be replaced (STARTTLS). Commands and content are Latin-1 text, one char a byte.
 * Postfix: smtp_stream.c, smtp_session.c.
 */
import type { Duplex } from 'node:stream';
import type { ChannelBindings } from '../../lib/auth/mechanism.js';
import {
  noOffers,
  type Offers,
  ProtocolError,
  ReplyReader,
  type ServerReply,
} from '../../lib/protocol/smtp/client.js';
import { hiddenLine, linesOf, type PeerTrace } from '../../lib/map/debug-peers.js';
import type { Clock } from '../../lib/sys/clock.js';
import type { Connected } from '../../lib/tls/connect.js';
import type { Server } from './server.js';
import { Trouble } from './trouble.js';

const goodbyeMs = 5000; // for the other side to close after QUIT

/** What a login may know of the channel. */
export interface ConnectionTls {
  readonly bindings: ChannelBindings;
  /** The server's certificate was verified, as its security level wants. */
  readonly isVerified: boolean;
  /** smtp_tls_connection_reuse */
  readonly mayReuse: boolean;
}

export class Connection {
  readonly server: Server;
  readonly #clock: Clock;
  /** debug_peer_list: hears of commands and replies. */
  readonly #trace: PeerTrace | undefined;
  #stream: Duplex;
  readonly #reader = new ReplyReader();
  #wake: (() => void) | undefined;
  #problem: 'lost' | 'protocol' | undefined;
  offers: Offers = noOffers;
  /** Undefined: in the clear. */
  tls: ConnectionTls | undefined;
  /** The final dot is on its way, or its reply: ending now would send the message twice. */
  isHandingOver = false;
  /** There was no other server to try when it was opened. */
  isOnlyServer = false;
  /** Messages begun, this one included. */
  uses = 0;
  /** When it was opened, ms since 1970. */
  readonly since: number;

  constructor(server: Server, stream: Duplex, clock: Clock, trace?: PeerTrace) {
    this.#trace = trace;
    this.server = server;
    this.#clock = clock;
    this.since = clock.now();
    this.#stream = stream;
    this.#listen(stream);
  }

  /** `host[192.0.2.1]` */
  get label(): string {
    return `${this.server.host}[${this.server.address}]`;
  }

  /** `host[192.0.2.1]:25` */
  get relay(): string {
    return this.server.port === 0 ? this.label : `${this.label}:${this.server.port}`;
  }

  /** Open, and nothing came that nobody asked for. */
  get isUsable(): boolean {
    return this.#problem === undefined && !this.#reader.hasRest;
  }

  get isLost(): boolean {
    return this.#problem === 'lost';
  }

  /** What the server said that is no reply; '' when it did not. Told once. */
  takeGarbage(): string {
    const { garbage } = this.#reader;
    this.#reader.garbage = '';
    return garbage;
  }

  /** With QUIT behind the final dot, a reply that is not understood must not let QUIT's reply pass for the dot's. */
  beStrict(): void {
    this.#reader.strict = true;
  }

  has(keyword: string): boolean {
    return this.offers.keywords.has(keyword);
  }

  /**
   * Goes on over TLS upon the stream; what came in the clear is forgotten (CVE-2021-38371). When there is no TLS, the
   * connection is of no more use.
   */
  async secure(start: (below: Duplex) => Promise<Connected>): Promise<Connected> {
    const below = this.#stream;
    below.removeAllListeners();
    this.#reader.clear();
    this.offers = noOffers;
    this.#reader.strict = false;
    const connected = await start(below);
    if (connected.is === 'failed') {
      this.#problem ??= 'lost';
      return connected;
    }
    this.#stream = connected.socket;
    this.#listen(connected.socket);
    if (this.#problem !== undefined) connected.socket.destroy();
    return connected;
  }

  /** False: wait for drained() before more is written. */
  write(text: string): boolean {
    return this.#problem !== undefined || this.#stream.write(text, 'latin1');
  }

  /** Resolves when the stream takes more, or is gone. @throws {Trouble} at the deadline */
  async drained(doing: string, seconds: number): Promise<void> {
    if (!this.#stream.writableNeedDrain) return;
    await this.#until(() => !this.#stream.writableNeedDrain, doing, seconds);
  }

  /** The next reply, if it is there already. */
  received(): ServerReply | undefined {
    if (this.#problem === 'protocol') return undefined;
    try {
      const answer = this.#reader.next();
      if (this.#trace && answer) for (const line of shownReply(answer)) this.#trace.heard(line);
      return answer;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#problem = 'protocol';
      return undefined;
    }
  }

  /** @param doing for the error: `sending MAIL FROM` @throws {Trouble} */
  async reply(doing: string, seconds: number): Promise<ServerReply> {
    const there = this.received();
    if (there) return there;
    let answer: ServerReply | undefined;
    const hasCome = (): boolean => {
      answer = this.received();
      return answer !== undefined;
    };
    await this.#until(hasCome, doing, seconds);
    if (!answer) throw this.#lost(doing);
    return answer;
  }

  /** Whole command lines. `isSecret`: they are part of a login. */
  commands(text: string, isSecret = false): void {
    if (this.#trace)
      for (const line of linesOf(text)) this.#trace.said(isSecret ? hiddenLine : line);
    this.write(text);
  }

  command(line: string, doing: string, seconds: number, isSecret = false): Promise<ServerReply> {
    this.commands(`${line}\r\n`, isSecret);
    return this.reply(doing, seconds);
  }

  /** Ends the conversation, unless the server may be taking the message just now. */
  interrupt(): void {
    if (!this.isHandingOver) this.destroy();
  }

  /** QUIT if it was not said yet, and an end without waiting for the answer. */
  quit(saidAlready = false): void {
    if (this.#problem !== undefined) {
      this.destroy();
      return;
    }
    this.#wake = undefined;
    this.#stream.end(saidAlready ? undefined : 'QUIT\r\n');
    this.#stream.resume();
    const stream = this.#stream;
    const timer = this.#clock.after(goodbyeMs, () => stream.destroy(), false);
    stream.once('close', () => timer.cancel());
  }

  destroy(): void {
    this.#problem ??= 'lost';
    this.#stream.destroy();
    this.#wake?.();
  }

  #listen(stream: Duplex): void {
    stream.on('data', (bytes: Buffer) => {
      this.#reader.receive(bytes);
      this.#wake?.();
    });
    stream.on('drain', () => this.#wake?.());
    const lost = (): void => {
      this.#problem ??= 'lost';
      this.#wake?.();
    };
    stream.on('error', lost);
    stream.on('end', lost);
    stream.on('close', lost);
  }

  #lost(doing: string): Trouble {
    if (this.#problem === 'protocol')
      return new Trouble('4.3.0', `local data error while talking to ${this.label}`, true);
    return new Trouble('4.4.2', `lost connection with ${this.label} while ${doing}`, true);
  }

  /** Resolves when `condition` holds, or the stream has a problem. */
  #until(condition: () => boolean, doing: string, seconds: number): Promise<void> {
    if (this.#problem !== undefined || condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(seconds * 1000, () => {
        this.#wake = undefined;
        this.destroy();
        const text = `conversation with ${this.label} timed out while ${doing}`;
        reject(new Trouble('4.4.2', text, true));
      });
      this.#wake = () => {
        if (!condition() && this.#problem === undefined) return;
        this.#wake = undefined;
        timer.cancel();
        resolve();
      };
    });
  }
}

function shownReply({ code, lines }: ServerReply): string[] {
  return lines.map((line, index) => `${code}${index < lines.length - 1 ? '-' : ' '}${line}`);
}
