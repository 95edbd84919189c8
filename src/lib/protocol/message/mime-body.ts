/**
 * protocol/message/mime-body - the body of a message as it streams by: lines, and the header fields of its parts.
 *
 * Joined again (each token's text and line end) the tokens are the body as it was. Text is one char a byte. Memory is
 * bounded by one field (header_size_limit, the rest of a longer one is lost as in the first header) and one piece of a
 * line (line_length_limit: longer lines come in pieces). Postfix: mime_state.c.
 * Standards: RFC 2045, RFC 2046.
 */
import { type HeaderField, headerField } from './header.js';
import { BoundaryStack, type MimeLimits, parseContentType } from './mime-structure.js';

export type MimeToken =
  /** A field of a part's header, or of the header of an attached message. */
  | { readonly is: 'field'; readonly place: 'part' | 'nested'; readonly field: HeaderField }
  /** Anything else; `offset` counts the bytes of this part before it. `ended`: a line end follows. */
  | {
      readonly is: 'line';
      readonly text: string;
      readonly offset: number;
      readonly ended: boolean;
    };

/** What may be wrong with a message's format. */
export type MimeProblem = (typeof mimeProblems)[number];

/** The worst first. */
export const mimeProblems = ['nesting', 'header-8bit', 'body-8bit', 'encoding'] as const;

export interface MimeBodyRules extends MimeLimits {
  readonly headerSize: number;
  readonly lineLength: number;
  /** All is lines: parts are not told apart. */
  readonly ignoresMime?: boolean;
  readonly refusesHeader8Bit?: boolean;
  readonly refusesBody8Bit?: boolean;
  /** Encodings of multiparts and messages other than 7bit, 8bit and binary (RFC 2045 section 6.4). */
  readonly refusesEncodings?: boolean;
}

/** Values of the fields of a header; '' without one. */
export interface MimeFields {
  readonly contentType: string;
  readonly contentEncoding: string;
}

export class MimeBody {
  readonly #limits: MimeBodyRules;
  readonly #report: (problem: MimeProblem, text: string) => void;
  readonly #boundaries: BoundaryStack;
  #partial = '';
  /** Within a line whose first piece has been given out. */
  #isMidLine = false;
  #state: 'body' | 'part' | 'nested' = 'body';
  #field: string[] = [];
  #fieldSize = 0;
  #contentType = '';
  #encoding = '';
  /** Bytes beyond ASCII in this body are no reason to refuse it. */
  #is8Bit = false;
  #isInDigest = false;
  #offset = 0;
  #tokens: MimeToken[] = [];

  /** @param fields of the message's own header @param report is told of what breaks the rules, with what does so */
  constructor(
    fields: MimeFields,
    limits: MimeBodyRules,
    report: (problem: MimeProblem, text: string) => void = () => undefined,
  ) {
    this.#limits = limits;
    this.#report = report;
    this.#boundaries = new BoundaryStack(limits);
    this.#contentType = fields.contentType;
    this.#encoding = fields.contentEncoding;
    this.#enter();
  }

  /** Bytes so far of a body that has no parts; -1: it has, or may have. */
  get flatOffset(): number {
    return this.#state === 'body' && this.#boundaries.isEmpty ? this.#offset : -1;
  }

  /** Takes back what has been pushed and is in no token yet, to go on without this. */
  rest(): string {
    this.#endField();
    const rest = this.#partial;
    this.#partial = '';
    return rest;
  }

  push(text: string): MimeToken[] {
    let start = 0;
    for (;;) {
      const end = text.indexOf('\n', start);
      if (end < 0) break;
      this.#whole(this.#partial + text.slice(start, end), true);
      this.#partial = '';
      start = end + 1;
    }
    this.#partial += text.slice(start);
    const { lineLength } = this.#limits;
    while (this.#partial.length > lineLength) {
      this.#line(this.#partial.slice(0, lineLength), false);
      this.#partial = this.#partial.slice(lineLength);
    }
    return this.#take();
  }

  end(): MimeToken[] {
    if (this.#partial !== '') this.#whole(this.#partial, false);
    this.#partial = '';
    this.#endField();
    return this.#take();
  }

  #take(): MimeToken[] {
    const tokens = this.#tokens;
    this.#tokens = [];
    return tokens;
  }

  /** A line in pieces of at most line_length_limit. */
  #whole(line: string, ended: boolean): void {
    const { lineLength } = this.#limits;
    let rest = line;
    while (rest.length > lineLength) {
      this.#line(rest.slice(0, lineLength), false);
      rest = rest.slice(lineLength);
    }
    this.#line(rest, ended);
  }

  #line(line: string, ended: boolean): void {
    const continues = this.#isMidLine;
    this.#isMidLine = !ended;
    // The rest of a line that ended a header, and began a message within, is of that line.
    const isRest = continues && this.#field.length === 0;
    if (this.#state === 'body' || isRest) this.#bodyLine(line, ended, continues);
    else if (!this.#headerLine(line, continues)) {
      this.#endField();
      this.#enter();
      // A blank line, or a header that ends without one.
      this.#bodyLine(line, ended, continues);
    }
  }

  #bodyLine(text: string, ended: boolean, continues: boolean): void {
    const boundary = continues ? undefined : this.#boundaries.match(text);
    if (!boundary) this.#look8Bit(text);
    this.#tokens.push({ is: 'line', text, offset: this.#offset, ended });
    this.#offset += text.length + (ended ? 1 : 0);
    if (boundary) this.#offset = 0;
    if (boundary?.is === 'part') this.#beginHeader('part', boundary.isInDigest);
    else if (boundary) {
      this.#state = 'body';
      this.#is8Bit = false;
    }
  }

  #look8Bit(text: string): void {
    if (this.#limits.refusesBody8Bit === true && !this.#is8Bit && /[\x80-\xff]/.test(text))
      this.#report('body-8bit', text);
  }

  /** False: the header is over, and this line is not of it. */
  #headerLine(line: string, continues: boolean): boolean {
    const isContinuation = continues || (this.#field.length > 0 && /^[ \t]/.test(line));
    if (!isContinuation) {
      if (!/^[\x21-\x39\x3b-\x7e]+[ \t]*:/.test(line)) return false;
      this.#endField();
    }
    const lineEnd = continues || this.#field.length === 0 ? 0 : 1; // of the line before
    const room = this.#limits.headerSize - this.#fieldSize - lineEnd;
    if (room <= 0) return true;
    const piece = line.slice(0, room);
    if (continues) this.#field.push((this.#field.pop() ?? '') + piece);
    else this.#field.push(piece);
    this.#fieldSize += piece.length + lineEnd;
    return true;
  }

  #endField(): void {
    if (this.#field.length === 0 || this.#state === 'body') return;
    const field = headerField(this.#field.join('\n'));
    this.#field = [];
    this.#fieldSize = 0;
    if (field.name === 'content-type') this.#contentType = field.value;
    else if (field.name === 'content-transfer-encoding') this.#encoding = field.value;
    if (this.#limits.refusesHeader8Bit === true && /[\x80-\xff]/.test(field.text))
      this.#report('header-8bit', field.text);
    this.#tokens.push({ is: 'field', place: this.#state, field });
  }

  #beginHeader(place: 'part' | 'nested', isInDigest: boolean): void {
    this.#state = place;
    this.#contentType = '';
    this.#encoding = '';
    this.#isInDigest = isInDigest;
  }

  /** A header has ended: what follows is as its Content-Type says. */
  #enter(): void {
    const { type, boundary } = parseContentType(this.#contentType, this.#isInDigest);
    this.#state = 'body';
    this.#offset = 0;
    const encoding = this.#encoding.trim().toLowerCase();
    const isEncoded = encoding === 'base64' || encoding === 'quoted-printable';
    this.#is8Bit = isEncoded || encoding === '8bit' || encoding === 'binary';
    if (this.#limits.ignoresMime === true) return;
    const isMultipart = type.startsWith('multipart/');
    if (this.#limits.refusesEncodings === true && isEncoded)
      if (isMultipart || type.startsWith('message/')) this.#report('encoding', encoding);
    if (isMultipart && !this.#boundaries.open(type, boundary))
      this.#report('nesting', `Content-Type:${this.#contentType}`);
    if (type === 'message/rfc822' || type === 'message/global') this.#beginHeader('nested', false);
  }
}
