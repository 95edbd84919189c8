/** app/standard-socket - standard input and output as the socket of a client on this machine. */
import type { Socket } from 'node:net';
import process from 'node:process';
import { Duplex } from 'node:stream';

class StandardStream extends Duplex {
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    super({ allowHalfOpen: true });
    process.stdin.on('data', (bytes: Buffer) => {
      this.#timer?.refresh();
      if (!this.push(bytes)) process.stdin.pause();
    });
    process.stdin.on('end', () => this.push(null));
    process.stdin.on('error', (error) => this.destroy(error));
    process.stdin.pause();
  }

  setTimeout(milliseconds: number, onTimeout?: () => void): this {
    clearTimeout(this.#timer);
    if (onTimeout) this.once('timeout', onTimeout);
    this.#timer = setTimeout(() => this.emit('timeout'), milliseconds);
    return this;
  }

  override _read(): void {
    process.stdin.resume();
  }

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#timer?.refresh();
    process.stdout.write(bytes, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    process.stdin.destroy();
    done(error);
  }
}

export function standardSocket(): Socket {
  return new StandardStream() as unknown as Socket;
}
