/**
 * protocol/message/header - the header section of a message as it streams by, one field at a time.
 *
 * Lines end in LF; text is Latin-1, one char a byte, so that nothing is lost. A field's first line is cut at the limit,
 * a further line that would exceed it is lost, as in Postfix; blanks between a name and its colon go (RFC 5322 section
 * 4.5 calls them obsolete).
 * Standard: RFC 5322 section 2.2.
 */

export interface HeaderField {
  /** As written; `name` in lower case. */
  readonly label: string;
  readonly name: string;
  /** All lines without the last LF, label included. */
  readonly text: string;
  /** What follows the colon, still folded. */
  readonly value: string;
}

export interface HeaderEvents {
  /** The very first line, which may be changed; undefined hook: taken as it is. */
  firstLine?(line: string): string;
  field(field: HeaderField): void;
  /** The header section is over; `blank` tells whether an empty line ended it. */
  end(blank: boolean): void;
  /** Content after the header section. */
  body(chunk: Uint8Array): void | Promise<void>;
}

const LF = 0x0a;
const fieldName = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/;

/** Splits a stream of content into header fields and body. */
export class HeaderScanner {
  readonly #events: HeaderEvents;
  readonly #sizeLimit: number;
  #partial = '';
  #field: string[] = [];
  #fieldSize = 0;
  #isFirst = true;
  #inBody = false;

  constructor(events: HeaderEvents, sizeLimit: number) {
    this.#events = events;
    this.#sizeLimit = sizeLimit;
  }

  write(chunk: Uint8Array): void | Promise<void> {
    if (this.#inBody) return this.#events.body(chunk);
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let position = 0;
    for (;;) {
      const end = bytes.indexOf(LF, position);
      if (end < 0) {
        if (this.#isLongBodyLine(bytes, position)) return this.#bodyWithin(bytes, position);
        this.#keepPartial(bytes, position);
        return undefined;
      }
      const line = this.#partial + bytes.toString('latin1', position, end);
      this.#partial = '';
      position = end + 1;
      if (this.#line(line)) continue;
      this.#inBody = true;
      const rest = bytes.subarray(position);
      if (line === '') return rest.length === 0 ? undefined : this.#events.body(rest);
      // A line that is no field is the first of the body.
      const first = Buffer.from(`${line}\n`, 'latin1');
      return this.#events.body(rest.length === 0 ? first : Buffer.concat([first, rest]));
    }
  }

  /** All content was given. */
  end(): void | Promise<void> {
    if (this.#inBody) return undefined;
    const last = this.#partial;
    this.#partial = '';
    this.#inBody = true;
    if (last !== '' && !this.#line(last))
      return this.#events.body(Buffer.from(`${last}\n`, 'latin1'));
    this.#endField();
    this.#events.end(false);
    return undefined;
  }

  /** A line that is no field and longer than any field may be: the body has begun, and nothing of it is lost. */
  #isLongBodyLine(bytes: Buffer, position: number): boolean {
    if (this.#partial.length + bytes.length - position <= this.#sizeLimit) return false;
    const more = bytes.toString('latin1', position, position + this.#sizeLimit);
    const begin = this.#partial + more;
    const continues = this.#field.length > 0 && /^[ \t]/.test(begin);
    return !continues && !this.#beginsField(begin);
  }

  #bodyWithin(bytes: Buffer, position: number): void | Promise<void> {
    const begin = Buffer.from(this.#partial, 'latin1');
    this.#partial = '';
    this.#inBody = true;
    this.#endField();
    this.#events.end(false);
    return this.#events.body(Buffer.concat([begin, bytes.subarray(position)]));
  }

  /** A line without end is bounded too: what exceeds the limit is dropped when the field ends. */
  #keepPartial(bytes: Buffer, position: number): void {
    const room = this.#sizeLimit + 1 - this.#partial.length;
    if (room <= 0) return;
    const end = Math.min(bytes.length, position + room);
    this.#partial += bytes.toString('latin1', position, end);
  }

  /** False: the header section ended with this line. */
  #line(given: string): boolean {
    const line = this.#isFirst ? (this.#events.firstLine?.(given) ?? given) : given;
    this.#isFirst = false;
    const first = line.charCodeAt(0);
    if ((first === 0x20 || first === 0x09) && this.#field.length > 0) {
      this.#add(line);
      return true;
    }
    this.#endField();
    if (line !== '' && this.#beginsField(line)) {
      this.#add(line);
      return true;
    }
    this.#events.end(line === '');
    return false;
  }

  /** A name that is longer than the limit is none: the field is cut there. */
  #beginsField(line: string): boolean {
    return fieldName.test(line.length > this.#sizeLimit ? line.slice(0, this.#sizeLimit) : line);
  }

  #add(line: string): void {
    const isFirst = this.#field.length === 0;
    if (!isFirst && this.#fieldSize + 1 + line.length > this.#sizeLimit) {
      this.#fieldSize = this.#sizeLimit; // nothing shorter follows either
      return;
    }
    this.#fieldSize += line.length + (isFirst ? 0 : 1);
    this.#field.push(line.length > this.#sizeLimit ? line.slice(0, this.#sizeLimit) : line);
  }

  #endField(): void {
    if (this.#field.length === 0) return;
    const text = this.#field.length === 1 ? (this.#field[0] ?? '') : this.#field.join('\n');
    this.#field = [];
    this.#fieldSize = 0;
    this.#events.field(headerField(text));
  }
}

/** A field from its text; the text must have a colon. */
export function headerField(text: string): HeaderField {
  const colon = text.indexOf(':');
  const before = text.slice(0, colon);
  const label = before.trimEnd();
  const value = text.slice(colon + 1);
  return {
    label,
    name: label.toLowerCase(),
    text: label === before ? text : `${label}:${value}`,
    value,
  };
}
