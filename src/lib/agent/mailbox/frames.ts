/**
 * agent/mailbox/frames - the conversation with a user worker in another process, as frames on a stream.
 *
 * A frame is: length of the rest (4 bytes), kind (1), request number (4), bytes. A request is a JSON header frame,
 * with small content behind it in the same frame; large content follows in frames of its own, then an end frame.
 */

export const frameKind = { request: 1, content: 2, end: 3, answer: 4 } as const;

const headerSize = 9;
/** Longest frame: a header and inline content. */
const maxFrame = 1024 * 1024;

export interface Frame {
  readonly kind: number;
  readonly id: number;
  readonly bytes: Buffer;
}

export function encodeFrame(kind: number, id: number, ...parts: readonly Uint8Array[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
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

/** A JSON value with bytes behind it. */
export function withJson(value: unknown, bytes: Uint8Array = Buffer.alloc(0)): Buffer[] {
  const json = Buffer.from(JSON.stringify(value));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length, 0);
  return [length, json, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)];
}

export function splitJson(bytes: Buffer): { readonly value: unknown; readonly rest: Buffer } {
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

  /** @throws {Error} a frame beyond the bound: the other side is not ours */
  *push(chunk: Buffer): Iterable<Frame> {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= headerSize) {
      let bytes = this.#whole();
      const length = bytes.readUInt32BE(0);
      if (length > maxFrame) throw new Error(`frame of ${length} bytes`);
      if (bytes.length < 4 + length) return;
      yield {
        kind: bytes.readUInt8(4),
        id: bytes.readUInt32BE(5),
        bytes: bytes.subarray(headerSize, 4 + length),
      };
      bytes = bytes.subarray(4 + length);
      this.#chunks = bytes.length === 0 ? [] : [bytes];
      this.#size = bytes.length;
    }
  }

  #whole(): Buffer {
    const [only] = this.#chunks;
    if (this.#chunks.length === 1 && only) return only;
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }
}
