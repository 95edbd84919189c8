/**
 * protocol/smtp/line - bytes received and not yet parsed, and lines taken from them.
 *
 * A line ends at LF; whether a CR stood before it is told apart. Pieces are joined only when they are looked at, so
 * that a peer who sends byte by byte costs no more than one who does not. Standard: RFC 5321 section 2.3.8.
 */

const LF = 0x0a;
const CR = 0x0d;
const empty = Buffer.alloc(0);

export type LineResult =
  | { readonly is: 'line'; readonly text: string; readonly bare: boolean }
  /** Longer than the limit: its first bytes; the rest up to LF was or will be dropped. */
  | { readonly is: 'too-long'; readonly text: string }
  | { readonly is: 'more' };

const more: LineResult = { is: 'more' };

export class InputBuffer {
  #bytes: Buffer = empty;
  #added: Buffer[] = [];
  #length = 0;
  /** Dropping the rest of an overlong line. */
  #skipping = false;

  get length(): number {
    return this.#length;
  }

  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const chunk = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (this.#length === 0) this.#bytes = chunk;
    else this.#added.push(chunk);
    this.#length += chunk.length;
  }

  clear(): number {
    const dropped = this.#length;
    this.#set(empty);
    this.#skipping = false;
    return dropped;
  }

  /** All bytes, or the first `limit`; they are taken out. */
  take(limit = this.#length): Buffer {
    if (this.#skipping) this.#skip();
    const bytes = this.#joined();
    const taken = bytes.subarray(0, limit);
    this.#set(bytes.subarray(taken.length));
    return taken;
  }

  /** The first bytes as Latin-1 text; they stay. */
  peek(limit: number): string {
    return this.#joined().toString('latin1', 0, limit);
  }

  /** Puts bytes back that take() gave. */
  unread(bytes: Buffer): void {
    this.#set(this.#length === 0 ? bytes : Buffer.concat([bytes, this.#joined()]));
  }

  /** @param maxLine bytes of a line without its end */
  line(maxLine: number): LineResult {
    for (;;) {
      if (this.#length === 0) return more;
      const bytes = this.#joined();
      const end = bytes.indexOf(LF);
      if (this.#skipping) {
        this.#skip();
        continue;
      }
      if (end < 0) {
        // One more may be the CR of a line of exactly the limit.
        if (bytes.length <= maxLine + 1) return more;
        this.#set(empty);
        this.#skipping = true;
        return { is: 'too-long', text: bytes.toString('latin1', 0, maxLine) };
      }
      this.#set(bytes.subarray(end + 1));
      const bare = end === 0 || bytes[end - 1] !== CR;
      const length = bare ? end : end - 1;
      const text = bytes.toString('latin1', 0, Math.min(length, maxLine));
      return length > maxLine ? { is: 'too-long', text } : { is: 'line', text, bare };
    }
  }

  /** Drops the rest of an overlong line, as far as it is there: it is no content either. */
  #skip(): void {
    const bytes = this.#joined();
    const end = bytes.indexOf(LF);
    this.#skipping = end < 0;
    this.#set(end < 0 ? empty : bytes.subarray(end + 1));
  }

  #set(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#length = bytes.length;
    if (this.#added.length > 0) this.#added = [];
  }

  #joined(): Buffer {
    if (this.#added.length > 0) {
      this.#bytes = Buffer.concat([this.#bytes, ...this.#added], this.#length);
      this.#added = [];
    }
    return this.#bytes;
  }
}
