/**
 * protocol/message/stray-cr - carriage returns that end no line become blanks, so that no later server can take them
 * for the end of one.
 *
 * CRs before LF go. Chunks without CR pass without a copy. Postfix 3.9: cleanup_replace_stray_cr_lf.
 */

const CR = 0x0d;
const LF = 0x0a;
const BLANK = 0x20;
const maxHeld = 1024; // CRs in a row beyond this become blanks even before LF

export class StrayCr {
  /** CRs at the end of the last chunk, of which it is not known yet whether LF follows. */
  #held = 0;

  /** The chunk as it goes on. */
  replace(chunk: Uint8Array): Uint8Array {
    if (this.#held === 0 && chunk.indexOf(CR) < 0) return chunk;
    const result = Buffer.allocUnsafe(chunk.length + this.#held);
    let length = 0;
    let held = this.#held;
    for (const byte of chunk) {
      if (byte === CR) {
        held += 1;
        continue;
      }
      if (held > 0) {
        if (byte !== LF) length = blanks(result, length, held);
        held = 0;
      }
      result[length] = byte;
      length += 1;
    }
    if (held > maxHeld) {
      length = blanks(result, length, held);
      held = 0;
    }
    this.#held = held;
    return result.subarray(0, length);
  }

  /** At the end of the content: blanks for what is still held. */
  end(): Uint8Array {
    const held = this.#held;
    this.#held = 0;
    return Buffer.alloc(held, BLANK);
  }
}

function blanks(target: Buffer, from: number, count: number): number {
  target.fill(BLANK, from, from + count);
  return from + count;
}
