/**
 * before-queue/connection - one conversation with the filter: a command, its reply, each within smtpd_proxy_timeout.
 *
 * Text is Latin-1, one char a byte. Postfix: smtpd_proxy.c.
 */
import net, { type Socket } from 'node:net';
import { ReplyReader, type ServerReply } from '../../../lib/protocol/smtp/client.js';
import type { Clock } from '../../../lib/sys/clock.js';
import { errnoText } from '../../../lib/util/errno-text.js';
import type { FilterPlace } from './place.js';

/** The filter cannot be used just now; the text is for the log. */
export class FilterTrouble extends Error {}

export interface ConnectionParts {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** A path below the queue directory, as this process reaches it. */
  readonly queuePath: (name: string) => string;
}

export class FilterConnection {
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;
  readonly #reader = new ReplyReader();
  #gone: string | undefined;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    socket.on('data', (bytes: Buffer) => {
      this.#reader.receive(bytes);
      this.#wake?.();
    });
    socket.on('drain', () => this.#wake?.());
    const lost = (why: string) => (): void => {
      this.#gone ??= why;
      this.#wake?.();
    };
    socket.on('error', (error) => lost(errnoText(error))());
    socket.on('end', lost('lost connection'));
    socket.on('close', lost('lost connection'));
  }

  /** @throws {FilterTrouble} */
  static open(place: FilterPlace, parts: ConnectionParts): Promise<FilterConnection> {
    return new Promise((resolve, reject) => {
      const socket =
        place.is === 'unix'
          ? net.connect(place.path.startsWith('/') ? place.path : parts.queuePath(place.path))
          : net.connect({ host: place.host, port: place.port, noDelay: true });
      const timer = parts.clock.after(parts.timeoutMs, () => {
        socket.destroy();
        reject(new FilterTrouble('Connection timed out'));
      });
      const onError = (error: Error): void => {
        timer.cancel();
        reject(new FilterTrouble(errnoText(error)));
      };
      socket.once('error', onError);
      socket.once('connect', () => {
        timer.cancel();
        socket.off('error', onError);
        resolve(new FilterConnection(socket, parts));
      });
    });
  }

  /** The first line since the last call that was no reply. */
  takeGarbage(): string | undefined {
    const { garbage } = this.#reader;
    this.#reader.garbage = '';
    return garbage === '' ? undefined : garbage;
  }

  write(text: string): void {
    if (this.#gone === undefined) this.#socket.write(text, 'latin1');
  }

  /** Resolves when more may be written. @throws {FilterTrouble} */
  async drained(): Promise<void> {
    if (this.#socket.writableNeedDrain) await this.#until(() => !this.#socket.writableNeedDrain);
  }

  /** @throws {FilterTrouble} */
  async reply(): Promise<ServerReply> {
    let found: ServerReply | undefined;
    await this.#until(() => (found = this.#next()) !== undefined);
    if (!found) throw new FilterTrouble(this.#gone ?? 'lost connection');
    return found;
  }

  /** @throws {FilterTrouble} */
  command(line: string): Promise<ServerReply> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  /** QUIT, without waiting for what it says to that. */
  quit(): void {
    this.#socket.end('QUIT\r\n');
    this.#socket.resume();
    this.#parts.clock.after(5000, () => this.#socket.destroy(), false);
  }

  destroy(): void {
    this.#gone ??= 'lost connection';
    this.#socket.destroy();
  }

  #next(): ServerReply | undefined {
    try {
      return this.#reader.next();
    } catch (error) {
      throw new FilterTrouble((error as Error).message);
    }
  }

  /** Returns when `condition` holds or the connection is gone; what came before its end still counts. */
  #until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#parts.clock.after(this.#parts.timeoutMs, () => {
        this.#wake = undefined;
        this.destroy();
        reject(new FilterTrouble('Connection timed out'));
      });
      const look = (): void => {
        try {
          if (!condition() && this.#gone === undefined) return;
          resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new FilterTrouble(String(error)));
        }
        this.#wake = undefined;
        timer.cancel();
      };
      this.#wake = look;
      look();
    });
  }
}
