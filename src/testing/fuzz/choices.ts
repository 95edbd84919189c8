/**
 * fuzz/choices - an input taken apart: its first bytes choose settings and sizes, the rest is text.
 *
 * All of it comes from the input, so that a file replays what happened.
 */
export class Choices {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** 0 when there is nothing left. */
  byte(): number {
    const byte = this.#bytes[this.#position] ?? 0;
    this.#position += 1;
    return byte;
  }

  below(limit: number): number {
    return this.byte() % limit;
  }

  pick<const T>(list: readonly [T, ...T[]]): T {
    return list[this.byte() % list.length] ?? list[0];
  }

  flag(): boolean {
    return this.byte() % 2 === 1;
  }

  rest(): Buffer {
    const rest = this.#bytes.subarray(this.#position);
    this.#position = this.#bytes.length;
    return rest;
  }

  /** One char a byte. */
  restText(): string {
    return this.rest().toString('latin1');
  }
}

/** `bytes` cut at places that `seed` determines: now and then byte by byte, now and then whole. */
export function pieces(bytes: Buffer, seed: number): Buffer[] {
  if (seed === 0) return [bytes];
  const result: Buffer[] = [];
  const most = seed % 4 === 1 ? 1 : seed % 4 === 2 ? 7 : 1 + seed * 3;
  let state = seed;
  for (let position = 0; position < bytes.length; ) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    // At most some hundreds: a long input in single bytes would only measure the loop.
    const least = Math.ceil(bytes.length / 500);
    const length = Math.max(least, 1 + ((state >>> 8) % most));
    result.push(bytes.subarray(position, position + length));
    position += length;
  }
  return result;
}
