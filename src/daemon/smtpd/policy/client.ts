/**
 * policy/client - asks one policy server, over connections that are kept for the next question.
 *
 * A connection carries one question at a time, so that slow answers delay no one else; there are never more than
 * sessions that ask. A question that failed is asked again over a new connection, try_limit times in all.
 * Postfix: attr_clnt(3), auto_clnt(3).
 */
import net, { type Socket } from 'node:net';
import type { Log } from '../../../lib/log/log.js';
import type { Clock, Timer } from '../../../lib/sys/clock.js';
import { errnoText } from '../../../lib/util/errno-text.js';
import { AttributeReader } from './attributes.js';
import type { PolicyServer } from './server.js';

export interface PolicyClientParts {
  readonly log: Log;
  readonly clock: Clock;
  /** A path below the queue directory, as this process reaches it. */
  readonly queuePath: (name: string) => string;
}

interface Kept {
  readonly socket: Socket;
  readonly since: number;
  requests: number;
  idle: Timer | undefined;
}

export class PolicyClient {
  readonly #server: PolicyServer;
  readonly #parts: PolicyClientParts;
  readonly #idle: Kept[] = [];

  constructor(server: PolicyServer, parts: PolicyClientParts) {
    this.#server = server;
    this.#parts = parts;
  }

  /** Undefined: the server cannot be asked; the log says why. */
  async ask(request: string): Promise<ReadonlyMap<string, string> | undefined> {
    const { clock, log } = this.#parts;
    const { name, tryLimit, retryDelayMs } = this.#server;
    for (let attempt = 1; ; attempt += 1) {
      const kept = attempt === 1 ? this.#take() : undefined;
      try {
        const connection = kept ?? (await this.#connect());
        return await this.#question(connection, request);
      } catch (error) {
        // A server may end a connection that waited, or be about to start: that is no trouble yet.
        if (attempt >= tryLimit || !isQuiet(error))
          log.warning(`problem talking to server ${name}: ${reason(error)}`);
        if (attempt >= tryLimit) return undefined;
        if (!kept) await clock.sleep(retryDelayMs);
      }
    }
  }

  close(): void {
    for (const kept of this.#idle.splice(0)) {
      kept.idle?.cancel();
      kept.socket.destroy();
    }
  }

  #take(): Kept | undefined {
    for (;;) {
      const kept = this.#idle.pop();
      if (!kept) return undefined;
      kept.idle?.cancel();
      kept.socket.removeAllListeners(); // those of its wait
      if (!kept.socket.destroyed && !kept.socket.readableEnded) return kept;
      kept.socket.destroy();
    }
  }

  #connect(): Promise<Kept> {
    const { clock, log, queuePath } = this.#parts;
    const { name, place, timeoutMs } = this.#server;
    return new Promise((resolve, reject) => {
      const socket =
        place.is === 'unix'
          ? net.connect(place.path.startsWith('/') ? place.path : queuePath(place.path))
          : net.connect({ host: place.host, port: place.port, noDelay: true });
      const timer = clock.after(timeoutMs, () => socket.destroy(timedOut()));
      socket.once('error', (error) => {
        timer.cancel();
        log.warning(`connect to ${name}: ${reason(error)}`);
        reject(error);
      });
      socket.once('connect', () => {
        timer.cancel();
        socket.removeAllListeners('error');
        resolve({ socket, since: clock.monotonic(), requests: 0, idle: undefined });
      });
    });
  }

  #question(kept: Kept, request: string): Promise<ReadonlyMap<string, string>> {
    const { socket } = kept;
    const { clock, log } = this.#parts;
    const { name } = this.#server;
    const reader = new AttributeReader();
    return new Promise((resolve, reject) => {
      const end = (): void => {
        timer.cancel();
        socket.removeAllListeners();
        socket.on('error', () => socket.destroy());
      };
      const fail = (error: Error): void => {
        end();
        socket.destroy();
        reject(error);
      };
      const timer = clock.after(this.#server.timeoutMs, () => fail(timedOut()));
      socket.on('error', fail);
      const onEnd = (): void => {
        if (reader.hasRest)
          log.warning(`premature end-of-input on ${name} while reading input attribute name`);
        fail(closed());
      };
      socket.on('end', onEnd);
      socket.on('close', onEnd);
      socket.on('data', (bytes: Buffer) => {
        try {
          const answer = reader.push(bytes);
          if (!answer) return;
          if (!answer.has('action')) {
            log.warning(`missing attribute action in input from ${name}`);
            fail(closed());
            return;
          }
          end();
          kept.requests += 1;
          if (reader.hasRest) socket.destroy();
          else this.#keep(kept);
          resolve(answer);
        } catch (error) {
          fail(error as Error);
        }
      });
      socket.write(request);
    });
  }

  #keep(kept: Kept): void {
    const { clock } = this.#parts;
    const { requestLimit, maxTtlMs, maxIdleMs } = this.#server;
    const isOld = clock.monotonic() - kept.since >= maxTtlMs;
    if (isOld || (requestLimit > 0 && kept.requests >= requestLimit)) {
      kept.socket.end();
      kept.socket.destroy();
      return;
    }
    const leave = (): void => {
      kept.idle?.cancel();
      const index = this.#idle.indexOf(kept);
      if (index >= 0) this.#idle.splice(index, 1);
      kept.socket.destroy();
    };
    kept.socket.on('end', leave);
    kept.socket.on('close', leave);
    kept.socket.on('data', leave); // nobody asked
    kept.idle = clock.after(maxIdleMs, leave, false);
    this.#idle.push(kept);
  }
}

function isQuiet(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined || ['EPIPE', 'ENOENT', 'ECONNRESET'].includes(code);
}

function timedOut(): Error {
  return Object.assign(new Error('Connection timed out'), { code: 'ETIMEDOUT' });
}

function closed(): Error {
  return new Error('Application error'); // Postfix's words for it
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? message : errnoText(error);
}
