/**
 * protocol/milter/packet - packets: four bytes of length, a letter, data.
 *
 * What is received is bounded: a packet that says it is longer than the limit is an error before a byte of it is kept.
 */
import { MilterProtocolError } from './protocol-error.js';

export interface Packet {
  /** One char. */
  readonly letter: string;
  readonly data: Buffer;
}

const headSize = 5; // length and letter

/** @param data in one piece after the other */
export function packet(letter: string, ...data: readonly Uint8Array[]): Buffer {
  let size = headSize;
  for (const part of data) size += part.length;
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeUInt32BE(size - 4, 0);
  bytes.write(letter, 4, 'latin1');
  let position = headSize;
  for (const part of data) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

/** Texts, one char a byte, each ended by NUL; a NUL within ends a text early, as it would in C. */
export function strings(...texts: readonly string[]): Buffer {
  return Buffer.from(texts.map((text) => `${beforeNul(text)}\0`).join(''), 'latin1');
}

function beforeNul(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

export function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value >>> 0, index * 4));
  return bytes;
}

/** Cuts a stream of bytes into packets. */
export class PacketReader {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #size = 0;

  /** @param limit longest packet in bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that wait. */
  get buffered(): number {
    return this.#size;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** Undefined: more bytes are needed. @throws {MilterProtocolError} */
  next(): Packet | undefined {
    if (this.#size < headSize) return undefined;
    const length = this.#join(4).readUInt32BE(0);
    if (length < 1 || length > this.#limit)
      throw new MilterProtocolError(`unreasonable packet length: ${length} > ${this.#limit}`);
    const end = 4 + length;
    if (this.#size < end) return undefined;
    const all = this.#join(end);
    this.#chunks = all.length === end ? [] : [all.subarray(end)];
    this.#size -= end;
    return { letter: all.toString('latin1', 4, headSize), data: all.subarray(headSize, end) };
  }

  /** The first chunk, made to hold at least `size` bytes. */
  #join(size: number): Buffer {
    const [first] = this.#chunks;
    if (first && first.length >= size) return first;
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}
