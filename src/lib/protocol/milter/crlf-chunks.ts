/** protocol/milter/crlf-chunks - content with LF line ends, to CRLF, in pieces of a bounded size. */

const LF = 0x0a;
const CR = 0x0d;

export class CrlfChunks {
  readonly #size: number;
  #chunk: Buffer;
  #used = 0;

  /** @param size of a piece in bytes, the last excepted */
  constructor(size: number) {
    this.#size = size;
    this.#chunk = Buffer.allocUnsafe(size);
  }

  /** The pieces that are full now; each is the caller's to keep. */
  *push(bytes: Uint8Array): Iterable<Buffer> {
    const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let position = 0; position < given.length; ) {
      const end = given.indexOf(LF, position);
      const textEnd = end < 0 ? given.length : end;
      while (position < textEnd) {
        const length = Math.min(textEnd - position, this.#size - this.#used);
        given.copy(this.#chunk, this.#used, position, position + length);
        position += length;
        this.#used += length;
        if (this.#used === this.#size) yield this.#take();
      }
      if (end < 0) return;
      this.#chunk[this.#used++] = CR;
      if (this.#used === this.#size) yield this.#take();
      this.#chunk[this.#used++] = LF;
      if (this.#used === this.#size) yield this.#take();
      position = end + 1;
    }
  }

  /** What is left. */
  end(): Buffer {
    const rest = this.#chunk.subarray(0, this.#used);
    this.#used = 0;
    return rest;
  }

  #take(): Buffer {
    const full = this.#chunk;
    this.#chunk = Buffer.allocUnsafe(this.#size);
    this.#used = 0;
    return full;
  }
}

/** The other way: CRLF to LF, also where a chunk ends between the two. */
export class LfText {
  #heldCr = false;

  push(bytes: Uint8Array): Buffer {
    const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const result = Buffer.allocUnsafe(given.length + 1);
    let used = 0;
    let position = 0;
    if (this.#heldCr && given.length > 0) {
      this.#heldCr = false;
      if (given[0] !== LF) result[used++] = CR;
    }
    for (let at = given.indexOf(CR); at >= 0; at = given.indexOf(CR, at + 1)) {
      if (at === given.length - 1) this.#heldCr = true;
      else if (given[at + 1] !== LF) continue;
      used += given.copy(result, used, position, at);
      position = at + 1;
    }
    used += given.copy(result, used, position);
    return result.subarray(0, used);
  }

  end(): Buffer {
    return this.#heldCr ? Buffer.from('\r') : Buffer.alloc(0);
  }
}
