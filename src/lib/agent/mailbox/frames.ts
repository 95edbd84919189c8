/**
 * agent/mailbox/frames - the conversation with a user worker in another process, as frames on a stream.
 *
 * A frame is: length of the rest (4 bytes), kind (1), request number (4), bytes. A request is a JSON header frame,
 * with small content behind it in the same frame; large content follows in frames of its own, then an end frame.
 * An abort frame instead of the end says that the rest will not come.
 */
import type { Duplex } from 'node:stream';

export const frameKind = { request: 1, content: 2, end: 3, answer: 4, abort: 5 } as const;

const headerSize = 9;
/** Longest frame: a header and inline content. */
export const maxFrame = 4 * 1024 * 1024;

export interface Frame {
  readonly kind: number;
  readonly id: number;
  /** Shares memory with what came from the stream. */
  readonly bytes: Buffer;
}

export function encodeFrame(kind: number, id: number, ...parts: readonly Uint8Array[]): Buffer {
  let size = 0;
  for (const part of parts) size += part.length;
  const frame = Buffer.allocUnsafe(headerSize + size);
  frame.writeUInt32BE(5 + size, 0);
  frame.writeUInt8(kind, 4);
  frame.writeUInt32BE(id, 5);
  let offset = headerSize;
  for (const part of parts) {
    frame.set(part, offset);
    offset += part.length;
  }
  return frame;
}

/** A frame of a JSON value with bytes behind it. */
export function encodeJson(
  kind: number,
  id: number,
  value: unknown,
  bytes: Uint8Array = nothing,
): Buffer {
  const json = Buffer.from(JSON.stringify(value));
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(json.length, 0);
  return encodeFrame(kind, id, length, json, bytes);
}

const nothing = new Uint8Array(0);

/** @throws {Error} no such frame */
export function decodeJson(bytes: Buffer): { readonly value: unknown; readonly rest: Buffer } {
  const length = bytes.readUInt32BE(0);
  return {
    value: JSON.parse(bytes.toString('utf8', 4, 4 + length)),
    rest: bytes.subarray(4 + length),
  };
}

/** Frames from a stream of bytes. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #size = 0;
  /** Bytes before which there is nothing to do. */
  #wanted = headerSize;

  /** @throws {Error} a frame beyond the bound: the other side is not ours */
  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#wanted) return [];
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    const frames: Frame[] = [];
    this.#wanted = headerSize;
    while (bytes.length >= headerSize) {
      const length = bytes.readUInt32BE(0);
      if (length < 5 || length > maxFrame) throw new Error(`frame of ${length} bytes`);
      if (bytes.length < 4 + length) {
        this.#wanted = 4 + length;
        break;
      }
      frames.push({
        kind: bytes.readUInt8(4),
        id: bytes.readUInt32BE(5),
        bytes: bytes.subarray(headerSize, 4 + length),
      });
      bytes = bytes.subarray(4 + length);
    }
    this.#chunks = bytes.length === 0 ? [] : [bytes];
    this.#size = bytes.length;
    return frames;
  }
}

/** Frames of one turn of the event loop leave in one system call, and wake the other side once. */
export class FrameWriter {
  readonly #stream: Duplex;
  readonly #beforeFlush: () => void;
  #corked = false;

  constructor(stream: Duplex, beforeFlush: () => void = () => undefined) {
    this.#stream = stream;
    this.#beforeFlush = beforeFlush;
  }

  /** False: wait for `drain` before much more. */
  write(frame: Buffer): boolean {
    if (!this.#corked) {
      this.#corked = true;
      this.#stream.cork();
      setImmediate(() => {
        this.#corked = false;
        this.#beforeFlush();
        this.#stream.uncork();
      });
    }
    return this.#stream.write(frame);
  }
}
