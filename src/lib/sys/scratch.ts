/**
 * sys/scratch - bytes that are written once, read several times, and gone with the process: small in memory, the rest in
 * a file without a name.
 *
 * Nothing here is durable. One write at a time is under way; reading begins when all is written.
 */
import fs, { constants } from 'node:fs';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { closeFile, openFile, unlinkFile, writeAll } from './file-calls.js';

const readFile = promisify(fs.read) as unknown as (
  descriptor: number,
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number,
) => Promise<{ readonly bytesRead: number }>;

const memoryLimit = 128 * 1024;
const pieceSize = 64 * 1024;
const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;

export class Scratch {
  readonly #directory: string;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #size = 0;
  #fileSize = 0;
  #descriptor: number | undefined;
  #writing: Promise<void> | undefined;

  /** @param directory where a file may be made */
  constructor(directory: string) {
    this.#directory = directory;
  }

  get size(): number {
    return this.#size;
  }

  /** The caller leaves the chunk alone from now on. Resolves when more may come. @throws system errors */
  write(chunk: Uint8Array): void | Promise<void> {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    this.#size += chunk.length;
    if (this.#buffered <= memoryLimit) return undefined;
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#buffered = 0;
    this.#writing = this.#append(this.#writing, chunks);
    this.#writing.catch(() => undefined); // read() reports it, also when no one waits here
    return this.#writing;
  }

  /** All of it, from the start. @throws system errors */
  async *read(): AsyncIterable<Uint8Array> {
    await this.#writing;
    const descriptor = this.#descriptor;
    for (let position = 0; descriptor !== undefined && position < this.#fileSize; ) {
      const piece = Buffer.allocUnsafe(Math.min(pieceSize, this.#fileSize - position));
      const { bytesRead } = await readFile(descriptor, piece, 0, piece.length, position);
      if (bytesRead === 0) throw new Error(`${this.#directory}: a scratch file ended early`);
      position += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
    yield* this.#chunks;
  }

  /** Idempotent; what is under way ends first. */
  async close(): Promise<void> {
    await this.#writing?.catch(() => undefined);
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    this.#chunks = [];
    if (descriptor !== undefined) await closeFile(descriptor);
  }

  async #append(before: Promise<void> | undefined, chunks: readonly Uint8Array[]): Promise<void> {
    await before;
    if (this.#descriptor === undefined) {
      const file = path.join(this.#directory, `.scratch-${randomUUID()}`);
      this.#descriptor = await openFile(file, flags, 0o600);
      await unlinkFile(file);
    }
    await writeAll(this.#descriptor, chunks);
    this.#fileSize += chunks.reduce((sum, { length }) => sum + length, 0);
  }
}
