/**
 * milter/connection - one connection to a mail filter: packets out, packets in, every wait with a deadline.
 *
 * One waits for a packet at a time. What the filter sends ahead is bounded: above the limit the socket is not read.
 */
import net from 'node:net';
import { type Packet, PacketReader } from '../protocol/milter/packet.js';
import type { Clock } from '../sys/clock.js';
import { errnoText } from '../util/errno-text.js';

/** The filter cannot be reached, went away, or is too slow. */
export class MilterConnectionError extends Error {}

/** Longest packet from a filter: libmilter's largest chunk (SMFIP_MDS_1M) and its head. */
const maxPacket = 1024 * 1024 + 64;
const maxAhead = 256 * 1024;

interface Waiter {
  resolve(packet: Packet): void;
  reject(error: Error): void;
}

export class MilterConnection {
  readonly #socket: net.Socket;
  readonly #clock: Clock;
  readonly #reader = new PacketReader(maxPacket);
  #waiter: Waiter | undefined;
  #failure: Error | undefined;
  #onDrain: (() => void) | undefined;

  /** Connects. @throws {MilterConnectionError} */
  static open(
    place: net.NetConnectOpts,
    timeoutMs: number,
    clock: Clock,
  ): Promise<MilterConnection> {
    return new Promise((resolve, reject) => {
      const socket = net.connect(place);
      const fail = (why: string): void => {
        timer.cancel();
        socket.destroy();
        reject(new MilterConnectionError(why));
      };
      const timer = clock.after(timeoutMs, () => fail('Connection timed out'));
      const onError = (error: Error): void => fail(errnoText(error));
      socket.once('error', onError);
      socket.once('connect', () => {
        timer.cancel();
        socket.off('error', onError);
        resolve(new MilterConnection(socket, clock));
      });
    });
  }

  private constructor(socket: net.Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#onDrain?.());
    socket.on('error', (error) => this.#fail(errnoText(error)));
    socket.on('close', () => this.#fail('Application error')); // Postfix's word for an early end
  }

  /** Sends packets; resolves when more may come. @throws {MilterConnectionError} */
  send(bytes: Uint8Array, timeoutMs: number): void | Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#socket.write(bytes)) return undefined;
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(timeoutMs, () => this.#fail('Connection timed out'));
      this.#onDrain = () => {
        timer.cancel();
        this.#onDrain = undefined;
        if (this.#failure) reject(this.#failure);
        else resolve();
      };
    });
  }

  /** The next packet. @throws {MilterConnectionError} @throws {MilterProtocolError} */
  receive(timeoutMs: number): Promise<Packet> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(timeoutMs, () => this.#fail('Connection timed out'));
      this.#waiter = {
        resolve(packet) {
          timer.cancel();
          resolve(packet);
        },
        reject(error) {
          timer.cancel();
          reject(error);
        },
      };
      this.#serve();
      if (this.#failure) this.#giveUp(this.#failure);
    });
  }

  /** Says the last words and hangs up. */
  end(bytes?: Uint8Array): void {
    if (this.#failure) return;
    this.#failure = new MilterConnectionError('Connection closed');
    this.#giveUp(this.#failure);
    this.#socket.removeAllListeners('data');
    this.#socket.resume();
    if (bytes) this.#socket.end(bytes);
    else this.#socket.end();
    // A filter that does not hang up in its turn is not waited for.
    const timer = this.#clock.after(lingerMs, () => this.#socket.destroy(), false);
    this.#socket.once('close', () => timer.cancel());
  }

  #receive(chunk: Buffer): void {
    this.#reader.push(chunk);
    this.#serve();
    if (this.#reader.buffered > maxAhead && !this.#waiter) this.#socket.pause();
  }

  #serve(): void {
    const waiter = this.#waiter;
    if (!waiter) return;
    try {
      const packet = this.#reader.next();
      if (packet) {
        this.#waiter = undefined;
        waiter.resolve(packet);
      } else if (this.#socket.isPaused()) this.#socket.resume();
    } catch (error) {
      this.#waiter = undefined;
      this.#failure ??= error as Error;
      this.#socket.destroy();
      waiter.reject(error as Error);
    }
  }

  #fail(why: string): void {
    this.#failure ??= new MilterConnectionError(why);
    this.#socket.destroy();
    this.#giveUp(this.#failure);
  }

  #giveUp(error: Error): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.reject(error);
    this.#onDrain?.();
  }
}

const lingerMs = 2000;
