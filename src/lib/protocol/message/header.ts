/**
 * protocol/message/header - the header section of a message as it streams by, one field at a time.
 *
 * Lines end in LF; text is Latin-1, one char a byte, so that nothing is lost. A field longer than the limit loses its
 * end, as in Postfix. Standard: RFC 5322 section 2.2.
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
        // A line without end is bounded too: what exceeds the limit is dropped when the field ends.
        const room = this.#sizeLimit + 1 - this.#partial.length;
        if (room > 0)
          this.#partial += bytes.toString(
            'latin1',
            position,
            Math.min(bytes.length, position + room),
          );
        return undefined;
      }
      const line = this.#partial + bytes.toString('latin1', position, end);
      this.#partial = '';
      position = end + 1;
      if (this.#line(line)) continue;
      this.#inBody = true;
      // A line that is no field is the first of the body.
      if (line !== '') {
        const first = Buffer.from(`${line}\n`, 'latin1');
        const rest = bytes.subarray(position);
        return this.#events.body(rest.length === 0 ? first : Buffer.concat([first, rest]));
      }
      const rest = bytes.subarray(position);
      return rest.length === 0 ? undefined : this.#events.body(rest);
    }
  }

  /** All content was given. */
  end(): void | Promise<void> {
    if (this.#inBody) return undefined;
    const last = this.#partial;
    this.#partial = '';
    if (last !== '' && !this.#line(last)) {
      this.#inBody = true;
      return this.#events.body(Buffer.from(`${last}\n`, 'latin1'));
    }
    if (!this.#inBody) {
      this.#endField();
      this.#events.end(false);
      this.#inBody = true;
    }
    return undefined;
  }

  /** False: the header section ended with this line. */
  #line(line: string): boolean {
    const first = line.charCodeAt(0);
    if ((first === 0x20 || first === 0x09) && this.#field.length > 0) {
      this.#add(line);
      return true;
    }
    this.#endField();
    if (line !== '' && fieldName.test(line)) {
      this.#add(line);
      return true;
    }
    this.#events.end(line === '');
    return false;
  }

  #add(line: string): void {
    const room = this.#sizeLimit - this.#fieldSize;
    if (room <= 0) return;
    this.#field.push(line.length > room ? line.slice(0, room) : line);
    this.#fieldSize += line.length + 1;
  }

  #endField(): void {
    if (this.#field.length === 0) return;
    const text = this.#field.join('\n');
    this.#field = [];
    this.#fieldSize = 0;
    const colon = text.indexOf(':');
    const label = text.slice(0, colon).trimEnd();
    this.#events.field({ label, name: label.toLowerCase(), text, value: text.slice(colon + 1) });
  }
}
