/**
 * protocol/smtp/dot - message content after DATA: from the wire (CRLF, doubled dots) to LF lines, and back.
 *
 * Invariant of decoding: only CR LF . CR LF ends the content, unless bare line feeds are allowed to; what is
 * decoded does not depend on how the bytes were split. Standards: RFC 5321 sections 4.5.2 and 2.3.8;
 * the smuggling defence is CVE-2023-51764's.
 */

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;

/** What a LF without CR means inside content: see smtpd_forbid_bare_newline. */
export type BareNewlineRule =
  /** A line end like CRLF; also `LF . LF` ends the content. */
  | 'line-end'
  /** A line end inside the content; only CRLF . CRLF ends it. */
  | 'normalize';

export interface DotResult {
  /** Decoded content, LF line ends; may be empty. */
  readonly chunk: Buffer;
  readonly done: boolean;
  /** Bytes of the input that were used; less than its length only when done. */
  readonly used: number;
}

export class DotDecoder {
  readonly #rule: BareNewlineRule;
  /** How the last line ended; content begins as if after CRLF. */
  #before: 'crlf' | 'lf' = 'crlf';
  /** Bytes of a line whose meaning the next bytes decide: a leading dot, a trailing CR. */
  #held: Buffer = Buffer.alloc(0);
  #atLineStart = true;
  sawBareNewline = false;

  constructor(rule: BareNewlineRule) {
    this.#rule = rule;
  }

  /** Decodes what it can; keeps at most the last few bytes for the next call. */
  decode(input: Buffer): DotResult {
    const bytes = this.#held.length === 0 ? input : Buffer.concat([this.#held, input]);
    const heldBefore = this.#held.length;
    const out = Buffer.allocUnsafe(bytes.length);
    let length = 0;
    let position = 0;
    const copy = (from: number, to: number): void => {
      length += bytes.copy(out, length, from, to);
    };
    while (position < bytes.length) {
      if (this.#atLineStart && bytes[position] === DOT) {
        const ending = this.#dotLine(bytes, position);
        if (ending.is === 'more') break;
        if (ending.is === 'end') {
          this.#held = Buffer.alloc(0);
          return {
            chunk: out.subarray(0, length),
            done: true,
            used: position + ending.length - heldBefore,
          };
        }
        position += 1; // RFC 5321 section 4.5.2: the first of the doubled dots goes
        this.#atLineStart = false;
        if (position === bytes.length) break;
      }
      const end = bytes.indexOf(LF, position);
      if (end < 0) {
        // A CR at the very end may be half of a line end.
        const stop = bytes[bytes.length - 1] === CR ? bytes.length - 1 : bytes.length;
        copy(position, stop);
        if (stop > position) this.#atLineStart = false;
        position = stop;
        break;
      }
      const isCrLf = end > position && bytes[end - 1] === CR;
      if (!isCrLf) this.sawBareNewline = true;
      copy(position, isCrLf ? end - 1 : end);
      out[length++] = LF;
      this.#before = isCrLf ? 'crlf' : 'lf';
      this.#atLineStart = true;
      position = end + 1;
    }
    this.#held = Buffer.from(bytes.subarray(position));
    return { chunk: out.subarray(0, length), done: false, used: input.length };
  }

  /** A line that begins with a dot at `position`: is it the end of the content? */
  #dotLine(
    bytes: Buffer,
    position: number,
  ): { is: 'more' } | { is: 'line' } | { is: 'end'; length: number } {
    const next = bytes[position + 1];
    if (next === undefined) return { is: 'more' };
    if (next === LF) {
      return this.#rule === 'line-end' ? { is: 'end', length: 2 } : { is: 'line' };
    }
    if (next !== CR) return { is: 'line' };
    const last = bytes[position + 2];
    if (last === undefined) return { is: 'more' };
    if (last !== LF) return { is: 'line' };
    if (this.#before === 'crlf' || this.#rule === 'line-end') return { is: 'end', length: 3 };
    return { is: 'line' }; // <LF>.<CR><LF> is content
  }
}

/** LF lines to the wire: CRLF and doubled dots; call end() once for the last bytes. */
export class DotEncoder {
  #atLineStart = true;

  encode(input: Uint8Array): Buffer {
    const bytes = Buffer.from(input.buffer, input.byteOffset, input.length);
    // At worst every byte is a LF or a leading dot.
    const out = Buffer.allocUnsafe(bytes.length * 2 + 1);
    let length = 0;
    let position = 0;
    while (position < bytes.length) {
      if (this.#atLineStart && bytes[position] === DOT) out[length++] = DOT;
      const end = bytes.indexOf(LF, position);
      if (end < 0) {
        length += bytes.copy(out, length, position);
        this.#atLineStart = false;
        break;
      }
      length += bytes.copy(out, length, position, end);
      out[length++] = CR;
      out[length++] = LF;
      this.#atLineStart = true;
      position = end + 1;
    }
    return out.subarray(0, length);
  }

  /** `.` CRLF, after a line end if the content had none. */
  end(): Buffer {
    return Buffer.from(this.#atLineStart ? '.\r\n' : '\r\n.\r\n', 'latin1');
  }
}
