/**
 * agent/mailbox/from-quoter - puts `>` before lines that begin with `From `, so that mbox readers see no new message.
 *
 * Whatever the chunks are, the result is the same. Most mail has no such line: then nothing is copied. Postfix: mail_copy.c.
 */

const LF = 0x0a;
const word = Buffer.from('From ');
const lineWord = Buffer.from('\nFrom ');
const mark = Buffer.from('>');

export class FromQuoter {
  /** Bytes at a line start that may become `From `. */
  #held: Buffer = Buffer.alloc(0);
  #atLineStart = true;

  /** The same bytes as pieces, with the marks between them. Pieces may share memory with what was given. */
  quote(given: Uint8Array): Buffer[] {
    let chunk = Buffer.from(given.buffer, given.byteOffset, given.length);
    if (this.#held.length > 0) chunk = Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    if (chunk.length === 0) return [];
    const pieces: Buffer[] = [];
    let copied = 0;
    const keep = this.#unfinished(chunk);
    const end = chunk.length - keep;
    if (this.#atLineStart && keep < chunk.length && startsWith(chunk, word)) pieces.push(mark);
    for (let at = chunk.indexOf(lineWord); at >= 0; at = chunk.indexOf(lineWord, at + 1)) {
      pieces.push(chunk.subarray(copied, at + 1), mark);
      copied = at + 1;
    }
    if (end > copied) pieces.push(chunk.subarray(copied, end));
    if (keep > 0) this.#held = Buffer.from(chunk.subarray(end));
    this.#atLineStart = keep > 0 || chunk[chunk.length - 1] === LF;
    return pieces;
  }

  /** What is left, and the empty line that ends a message. */
  end(): Buffer {
    const needsLineEnd = !this.#atLineStart || this.#held.length > 0;
    return Buffer.concat([this.#held, Buffer.from(needsLineEnd ? '\n\n' : '\n')]);
  }

  /** Bytes at the end that are the beginning of a line, and of `From `. */
  #unfinished(chunk: Buffer): number {
    for (let size = Math.min(word.length - 1, chunk.length); size > 0; size -= 1) {
      const start = chunk.length - size;
      const isLineStart = start === 0 ? this.#atLineStart : chunk[start - 1] === LF;
      if (isLineStart && chunk.subarray(start).equals(word.subarray(0, size))) return size;
    }
    return 0;
  }
}

function startsWith(chunk: Buffer, start: Buffer): boolean {
  return chunk.length >= start.length && chunk.subarray(0, start.length).equals(start);
}
