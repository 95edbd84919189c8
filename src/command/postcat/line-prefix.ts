/** postcat/line-prefix - puts a text before each line of a stream of bytes. */
export class LinePrefix {
  readonly #prefix: Buffer;
  #atStart = true;

  constructor(prefix: string) {
    this.#prefix = Buffer.from(prefix);
  }

  /** The chunk with its marks; lines may go on in the next. */
  mark(chunk: Uint8Array): Uint8Array {
    if (this.#prefix.length === 0 || chunk.length === 0) return chunk;
    const parts: Uint8Array[] = [];
    let from = 0;
    while (from < chunk.length) {
      if (this.#atStart) parts.push(this.#prefix);
      const newline = chunk.indexOf(10, from);
      const end = newline < 0 ? chunk.length : newline + 1;
      parts.push(chunk.subarray(from, end));
      this.#atStart = newline >= 0;
      from = end;
    }
    return Buffer.concat(parts);
  }
}
