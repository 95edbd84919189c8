/**
 * protocol/message/downgrade - 8-bit MIME parts become quoted-printable, for a server that takes 7 bits only.
 *
 * Works on LF text of one char a byte, in pieces; nothing but the state of one line and the open boundaries is kept.
 * Only parts that say they are 8bit or binary change; their multiparts and messages then say 7bit. Header fields stay
 * as they are: nothing but SMTPUTF8 carries 8-bit there. Postfix: mime_state.c (MIME_OPT_DOWNGRADE).
 * Standards: RFC 2045 sections 6.4 and 6.7, RFC 2046 section 5.1.1.
 */
import { BoundaryStack, parseContentType } from './mime-structure.js';
import { encodeQuotedPrintable } from './quoted-printable.js';

const maxPiece = 2000; // a longer line is handled in pieces; boundaries and MIME fields are shorter
const maxField = 4000;
const limits = { nesting: 100, boundaryLength: 2048 };

/** The MIME fields of the entity whose header is being read. */
interface Entity {
  /** '' without one: text, or a message within a digest. */
  type: string;
  /** Lines of Content-Transfer-Encoding, held back until the type is known. */
  encodingLines: string[];
  readonly isInDigest: boolean;
}

export class MimeDowngrader {
  #partial = '';
  /** Within a line whose first piece was handled already. */
  #isMidLine = false;
  #state: 'header' | 'body' | 'encoded' = 'header';
  #entity: Entity = newEntity(false);
  #field: 'encoding' | 'type' | 'other' = 'other';
  #column = 0;
  readonly #boundaries = new BoundaryStack(limits);
  #out: string[] = [];

  apply(text: string): string {
    let start = 0;
    for (;;) {
      const end = text.indexOf('\n', start);
      if (end < 0) break;
      this.#line(this.#partial + text.slice(start, end), '\n');
      this.#partial = '';
      start = end + 1;
    }
    this.#partial += text.slice(start);
    if (this.#partial.length > maxPiece) {
      this.#line(this.#partial, '');
      this.#partial = '';
    }
    return this.#take();
  }

  end(): string {
    if (this.#partial !== '') this.#line(this.#partial, '');
    this.#partial = '';
    if (this.#state === 'header') this.#endHeader();
    return this.#take();
  }

  #take(): string {
    const out = this.#out.join('');
    this.#out = [];
    return out;
  }

  /** A line, or a piece of one: then `lineEnd` is ''. */
  #line(line: string, lineEnd: '\n' | ''): void {
    const continues = this.#isMidLine;
    this.#isMidLine = lineEnd === '';
    if (this.#state !== 'header') {
      if (continues || !this.#isBoundary(line, lineEnd)) this.#body(line, lineEnd);
      return;
    }
    if (continues) this.#restOfHeaderLine(line, lineEnd);
    else if (!this.#isHeaderLine(line, lineEnd)) {
      this.#endHeader();
      if (line === '') this.#out.push(lineEnd);
      else this.#line(line, lineEnd); // a header section without the blank line
    }
  }

  #restOfHeaderLine(line: string, lineEnd: string): void {
    if (this.#field === 'encoding') {
      const held = this.#entity.encodingLines.pop() ?? '';
      this.#entity.encodingLines.push(held + line);
      return;
    }
    if (this.#field === 'type' && this.#entity.type.length < maxField) this.#entity.type += line;
    this.#out.push(line, lineEnd);
  }

  #isHeaderLine(line: string, lineEnd: string): boolean {
    const isContinuation = /^[ \t]/.test(line);
    if (!isContinuation) {
      const name = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/.exec(line)?.[1]?.toLowerCase();
      if (name === undefined) return false;
      this.#endEncodingField();
      this.#field =
        name === 'content-transfer-encoding'
          ? 'encoding'
          : name === 'content-type'
            ? 'type'
            : 'other';
      if (this.#field === 'type') this.#entity.type = '';
    }
    if (this.#field === 'encoding') {
      this.#entity.encodingLines.push(line);
      return true;
    }
    if (this.#field === 'type' && this.#entity.type.length < maxField)
      this.#entity.type += isContinuation ? line : line.slice(line.indexOf(':') + 1);
    this.#out.push(line, lineEnd);
    return true;
  }

  /** What changes nothing stays where it stands. */
  #endEncodingField(): void {
    const entity = this.#entity;
    if (says8Bit(entity.encodingLines)) return;
    for (const line of entity.encodingLines) this.#out.push(line, '\n');
    entity.encodingLines = [];
  }

  #endHeader(): void {
    this.#endEncodingField();
    const { encodingLines, isInDigest } = this.#entity;
    const { type, boundary } = parseContentType(this.#entity.type, isInDigest);
    const is8Bit = encodingLines.length > 0;
    const isMultipart = type.startsWith('multipart/');
    const isMessage = type === 'message/rfc822' || type === 'message/global';
    this.#state = 'body';
    this.#column = 0;
    if (is8Bit && (isMultipart || type.startsWith('message/'))) {
      this.#out.push('Content-Transfer-Encoding: 7bit\n');
    } else if (is8Bit) {
      this.#out.push('Content-Transfer-Encoding: quoted-printable\n');
      this.#state = 'encoded';
    }
    if (isMultipart) this.#boundaries.open(type, boundary);
    if (isMessage) this.#beginHeader(false);
  }

  #beginHeader(isInDigest: boolean): void {
    this.#state = 'header';
    this.#entity = newEntity(isInDigest);
    this.#field = 'other';
  }

  #isBoundary(line: string, lineEnd: string): boolean {
    const boundary = this.#boundaries.match(line);
    if (!boundary) return false;
    this.#out.push(line, lineEnd);
    if (boundary.is === 'part') this.#beginHeader(boundary.isInDigest);
    else this.#state = 'body';
    return true;
  }

  #body(line: string, lineEnd: '\n' | ''): void {
    if (this.#state === 'body') {
      this.#out.push(line, lineEnd);
      return;
    }
    const encoded = encodeQuotedPrintable(line, this.#column);
    this.#out.push(encoded.text, lineEnd);
    this.#column = lineEnd === '' ? encoded.column : 0;
  }
}

function says8Bit(encodingLines: readonly string[]): boolean {
  return /:[ \t]*(8bit|binary)[ \t]*(;|\(|$)/i.test(encodingLines.join(' '));
}

function newEntity(isInDigest: boolean): Entity {
  return { type: '', encodingLines: [], isInDigest };
}
