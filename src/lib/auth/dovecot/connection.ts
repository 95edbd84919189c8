/**
 * dovecot/connection - one connection to Dovecot's auth service, shared by all sessions of this process.
 *
 * Requests are told apart by number. Made when first needed, and again after it was lost; then what was under way
 * fails for a time, as it would with a Dovecot that restarts. Postfix: xsasl_dovecot_server.c.
 */
import net from 'node:net';
import process from 'node:process';
import type { Clock, Timer } from '../../sys/clock.js';
import { errnoText } from '../../util/errno-text.js';
import { type DovecotLine, handshake, parseDovecotLine } from './protocol.js';

export interface DovecotMechanism {
  readonly name: string;
  readonly properties: ReadonlySet<string>;
}

export type DovecotAnswer = Extract<DovecotLine, { is: 'ok' | 'fail' | 'continue' }>;

/** Dovecot does not answer, or not as it should. */
export class DovecotError extends Error {}

const waitMs = 60_000; // Dovecot itself delays failures, and its tables may be slow
const connectMs = 10_000;
const maxBuffered = 256 * 1024;
const maxPending = 10_000;

interface Pending {
  resolve(answer: DovecotAnswer): void;
  reject(error: DovecotError): void;
  readonly timer: Timer;
}

export interface DovecotPlace {
  readonly shown: string;
  readonly options: net.NetConnectOpts;
}

export class DovecotConnection {
  readonly #place: DovecotPlace;
  readonly #clock: Clock;
  #opening: Promise<readonly DovecotMechanism[]> | undefined;
  #socket: net.Socket | undefined;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(place: DovecotPlace, clock: Clock) {
    this.#place = place;
    this.#clock = clock;
  }

  /** What Dovecot offers; connects first where that is needed. @throws {DovecotError} */
  mechanisms(): Promise<readonly DovecotMechanism[]> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  nextId(): number {
    this.#lastId = (this.#lastId % 0x7fff_ffff) + 1;
    return this.#lastId;
  }

  /** Sends a line of request `id` and gives what Dovecot answers to it. @throws {DovecotError} */
  async ask(id: number, line: string): Promise<DovecotAnswer> {
    await this.mechanisms();
    const socket = this.#socket;
    if (!socket || this.#pending.size >= maxPending)
      throw new DovecotError(`${this.#place.shown}: too many logins are under way`);
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(waitMs, () => {
        this.#pending.delete(id);
        reject(new DovecotError(`${this.#place.shown}: no answer`));
      });
      this.#pending.set(id, { resolve, reject, timer });
      socket.write(line);
    });
  }

  /** No answer is wanted any more. */
  cancel(id: number, line: string): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.timer.cancel();
    pending?.reject(new DovecotError('cancelled'));
    this.#socket?.write(line);
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Promise<readonly DovecotMechanism[]> {
    return new Promise((resolve, reject) => {
      const { shown } = this.#place;
      const found: DovecotMechanism[] = [];
      const socket = net.connect(this.#place.options);
      let rest = '';
      let isReady = false;
      const fail = (why: string): void => {
        timer.cancel();
        socket.destroy();
        reject(new DovecotError(why));
        this.#lost(socket, why);
      };
      const timer = this.#clock.after(connectMs, () =>
        fail(`Connect to Dovecot auth socket '${shown}' failed: timed out`),
      );
      const take = (line: DovecotLine): void => {
        if (line.is === 'version' && line.major !== 1)
          fail(`${shown}: Protocol version mismatch (${line.major} vs. 1)`);
        else if (line.is === 'mechanism')
          found.push({ name: line.name, properties: new Set(line.properties) });
        else if (line.is === 'done') {
          isReady = true;
          timer.cancel();
          this.#socket = socket;
          resolve(found);
        } else if (line.is === 'ok' || line.is === 'fail' || line.is === 'continue')
          this.#answered(line);
      };
      socket.setEncoding('utf8');
      socket.on('connect', () => socket.write(handshake(process.pid)));
      socket.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) take(parseDovecotLine(line));
        if (rest.length > maxBuffered || found.length > 1000) fail(`${shown}: too long a line`);
      });
      socket.on('error', (error) =>
        fail(
          isReady
            ? `${shown}: ${errnoText(error)}`
            : `Connect to Dovecot auth socket '${shown}' failed: ${errnoText(error)}`,
        ),
      );
      socket.on('close', () => fail(`${shown}: connection lost`));
      socket.unref();
    });
  }

  #answered(answer: DovecotAnswer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    pending?.timer.cancel();
    pending?.resolve(answer);
  }

  #lost(socket: net.Socket, why: string): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#opening = undefined;
    for (const [id, pending] of this.#pending) {
      this.#pending.delete(id);
      pending.timer.cancel();
      pending.reject(new DovecotError(why));
    }
  }
}
