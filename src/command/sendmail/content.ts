/**
 * sendmail/content - what comes on standard input, as the content of a message; no I/O.
 *
 * `From ` lines before the header go, line ends become LF, the last line gets one, and a line with only a dot ends
 * the input unless told otherwise. Works on whole chunks; only what needs a look is looked at line by line.
 */

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;
/** A line longer than this is passed on in parts. */
const maxCarry = 64 * 1024;

export interface ContentOptions {
  /** `sendmail -i`: a lone dot is a line like others. */
  readonly ignoreDots: boolean;
  /** sendmail_fix_line_endings: CR LF becomes LF always, when the first line ended so, or never. */
  readonly fixLineEndings: 'always' | 'strict' | 'never';
}

export class ContentReader {
  readonly #options: ContentOptions;
  readonly #emit: (bytes: Buffer) => void;
  #carry: Buffer = Buffer.alloc(0);
  /** The carry begins in the middle of a line. */
  #isMidLine = false;
  #atStart = true;
  #stripsCr: boolean | undefined;
  #ended = false;

  constructor(options: ContentOptions, emit: (bytes: Buffer) => void) {
    this.#options = options;
    this.#emit = emit;
    this.#stripsCr =
      options.fixLineEndings === 'strict' ? undefined : options.fixLineEndings === 'always';
  }

  /** False: the input is over, nothing more need be read. The chunk must not change afterwards. */
  write(chunk: Buffer): boolean {
    if (this.#ended) return false;
    const bytes = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    const lineEnd = bytes.lastIndexOf(LF) + 1;
    this.#carry = bytes.subarray(lineEnd);
    const goesOn = lineEnd === 0 || this.#lines(bytes.subarray(0, lineEnd));
    if (goesOn && this.#carry.length > maxCarry) this.#flushLongLine();
    return goesOn;
  }

  end(): void {
    if (!this.#ended && (this.#carry.length > 0 || this.#isMidLine))
      this.#lines(Buffer.concat([this.#carry, Buffer.of(LF)]));
    this.#carry = Buffer.alloc(0);
    this.#ended = true;
  }

  #flushLongLine(): void {
    this.#atStart = false;
    // A CR at its end may belong to the line end that follows.
    const end = this.#carry[this.#carry.length - 1] === CR ? -1 : this.#carry.length;
    this.#emit(this.#carry.subarray(0, end));
    this.#carry = end === -1 ? Buffer.of(CR) : Buffer.alloc(0);
    this.#isMidLine = true;
  }

  /** @param bytes whole lines, but for the beginning of the first where #isMidLine. False: the input is over */
  #lines(bytes: Buffer): boolean {
    let lines = this.#atStart ? this.#withoutFromLines(bytes) : bytes;
    if (lines.length === 0) return true;
    this.#stripsCr ??= lines[lines.indexOf(LF) - 1] === CR;
    const dot = this.#options.ignoreDots ? -1 : loneDot(lines, this.#isMidLine);
    if (dot >= 0) lines = lines.subarray(0, dot);
    this.#ended = dot >= 0;
    this.#isMidLine = false;
    if (lines.length > 0) this.#emit(this.#stripsCr ? withoutCr(lines) : lines);
    return dot < 0;
  }

  /** What mbox files begin their messages with. */
  #withoutFromLines(bytes: Buffer): Buffer {
    let rest = bytes;
    while (rest.length > 0 && /^>?From /.test(rest.toString('latin1', 0, 6)))
      rest = rest.subarray(rest.indexOf(LF) + 1);
    if (rest.length > 0) this.#atStart = false;
    return rest;
  }
}

/** Where the first line of a single dot begins; -1: there is none. */
function loneDot(bytes: Buffer, isMidLine: boolean): number {
  let from = 0;
  if (!isMidLine && isLoneDot(bytes, 0)) return 0;
  for (;;) {
    const found = bytes.indexOf('\n.', from);
    if (found < 0) return -1;
    if (isLoneDot(bytes, found + 1)) return found + 1;
    from = found + 2;
  }
}

function isLoneDot(bytes: Buffer, at: number): boolean {
  if (bytes[at] !== DOT) return false;
  return bytes[at + 1] === LF || (bytes[at + 1] === CR && bytes[at + 2] === LF);
}

function withoutCr(bytes: Buffer): Buffer {
  let found = bytes.indexOf('\r\n');
  if (found < 0) return bytes;
  const result = Buffer.allocUnsafe(bytes.length);
  let size = 0;
  let start = 0;
  while (found >= 0) {
    size += bytes.copy(result, size, start, found);
    start = found + 1;
    found = bytes.indexOf('\r\n', start);
  }
  size += bytes.copy(result, size, start);
  return result.subarray(0, size);
}
