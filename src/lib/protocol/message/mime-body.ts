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

export interface MimeBodyLimits extends MimeLimits {
  readonly headerSize: number;
  readonly lineLength: number;
}

export class MimeBody {
  readonly #limits: MimeBodyLimits;
  readonly #boundaries: BoundaryStack;
  #partial = '';
  /** Within a line whose first piece has been given out. */
  #isMidLine = false;
  #state: 'body' | 'part' | 'nested' = 'body';
  #field: string[] = [];
  #fieldSize = 0;
  #contentType = '';
  #isInDigest = false;
  #offset = 0;
  #tokens: MimeToken[] = [];

  /** @param contentType value of the message's own Content-Type field; '' without one */
  constructor(contentType: string, limits: MimeBodyLimits) {
    this.#limits = limits;
    this.#boundaries = new BoundaryStack(limits);
    this.#contentType = contentType;
    this.#enter();
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
    if (this.#partial.length > this.#limits.lineLength) {
      this.#whole(this.#partial, false);
      this.#partial = '';
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
    while (rest.length > lineLength && this.#state === 'body') {
      this.#line(rest.slice(0, lineLength), false);
      rest = rest.slice(lineLength);
    }
    this.#line(rest, ended);
  }

  #line(line: string, ended: boolean): void {
    const continues = this.#isMidLine;
    this.#isMidLine = !ended;
    if (this.#state === 'body') this.#bodyLine(line, ended, continues);
    else if (!this.#headerLine(line, continues)) {
      this.#endField();
      this.#enter();
      // A blank line, or a header that ends without one.
      this.#bodyLine(line, ended, continues);
    }
  }

  #bodyLine(text: string, ended: boolean, continues: boolean): void {
    const boundary = continues ? undefined : this.#boundaries.match(text);
    if (boundary) this.#offset = 0;
    this.#tokens.push({ is: 'line', text, offset: this.#offset, ended });
    this.#offset += text.length + (ended ? 1 : 0);
    if (boundary?.is === 'part') this.#beginHeader('part', boundary.isInDigest);
    else if (boundary) this.#state = 'body';
  }

  /** False: the header is over, and this line is not of it. */
  #headerLine(line: string, continues: boolean): boolean {
    const isContinuation = continues || (this.#field.length > 0 && /^[ \t]/.test(line));
    if (!isContinuation) {
      if (!/^[\x21-\x39\x3b-\x7e]+[ \t]*:/.test(line)) return false;
      this.#endField();
    }
    const room = this.#limits.headerSize - this.#fieldSize;
    if (room <= 0) return true;
    const piece = line.slice(0, room);
    if (continues) this.#field.push((this.#field.pop() ?? '') + piece);
    else this.#field.push(piece);
    this.#fieldSize += piece.length + 1;
    return true;
  }

  #endField(): void {
    if (this.#field.length === 0 || this.#state === 'body') return;
    const field = headerField(this.#field.join('\n'));
    this.#field = [];
    this.#fieldSize = 0;
    if (field.name === 'content-type') this.#contentType = field.value;
    this.#tokens.push({ is: 'field', place: this.#state, field });
  }

  #beginHeader(place: 'part' | 'nested', isInDigest: boolean): void {
    this.#state = place;
    this.#contentType = '';
    this.#isInDigest = isInDigest;
  }

  /** A header has ended: what follows is as its Content-Type says. */
  #enter(): void {
    const { type, boundary } = parseContentType(this.#contentType, this.#isInDigest);
    this.#state = 'body';
    this.#offset = 0;
    if (type.startsWith('multipart/')) this.#boundaries.open(type, boundary);
    if (type === 'message/rfc822' || type === 'message/global') this.#beginHeader('nested', false);
  }
}
