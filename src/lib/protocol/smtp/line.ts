/**
 * protocol/smtp/line - bytes received and not yet parsed, and lines taken from them.
 *
 * A line ends at LF; whether a CR stood before it is told apart. Standard: RFC 5321 section 2.3.8.
 */

const LF = 0x0a;
const CR = 0x0d;
const empty = Buffer.alloc(0);

export type LineResult =
  | { readonly is: 'line'; readonly text: string; readonly bare: boolean }
  /** Longer than the limit: its first bytes; the rest up to LF was or will be dropped. */
  | { readonly is: 'too-long'; readonly text: string }
  | { readonly is: 'more' };

export class InputBuffer {
  #bytes: Buffer = empty;
  /** Dropping the rest of an overlong line. */
  #skipping = false;

  get length(): number {
    return this.#bytes.length;
  }

  add(bytes: Uint8Array): void {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
  }

  clear(): number {
    const dropped = this.#bytes.length;
    this.#bytes = empty;
    this.#skipping = false;
    return dropped;
  }

  /** All bytes, or the first `limit`; they are taken out. */
  take(limit = this.#bytes.length): Buffer {
    const taken = this.#bytes.subarray(0, limit);
    this.#bytes = this.#bytes.subarray(taken.length);
    return taken;
  }

  /** Puts bytes back that take() gave. */
  unread(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([bytes, this.#bytes]);
  }

  /** @param maxLine bytes of a line without its end */
  line(maxLine: number): LineResult {
    for (;;) {
      const end = this.#bytes.indexOf(LF);
      if (this.#skipping) {
        if (end < 0) {
          this.#bytes = empty;
          return { is: 'more' };
        }
        this.#bytes = this.#bytes.subarray(end + 1);
        this.#skipping = false;
        continue;
      }
      if (end < 0) {
        if (this.#bytes.length <= maxLine) return { is: 'more' };
        const text = this.#bytes.toString('latin1', 0, maxLine);
        this.#bytes = empty;
        this.#skipping = true;
        return { is: 'too-long', text };
      }
      const bare = end === 0 || this.#bytes[end - 1] !== CR;
      const length = bare ? end : end - 1;
      const text = this.#bytes.toString('latin1', 0, Math.min(length, maxLine));
      this.#bytes = this.#bytes.subarray(end + 1);
      return length > maxLine ? { is: 'too-long', text } : { is: 'line', text, bare };
    }
  }
}
