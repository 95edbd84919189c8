/**
 * protocol/smtp/line-limit - breaks lines that are longer than SMTP allows, with a line end and a blank.
 *
 * Works on LF text in pieces; what comes out does not depend on how it was split. Postfix: smtp_line_length_limit.
 * Standard: RFC 5321 section 4.5.3.1.6.
 */
export class LineLimiter {
  readonly #limit: number;
  /** Chars of the line under way. */
  #column = 0;
  #brokeLine = false;

  /** @param limit chars of a line without its end; 0: none */
  constructor(limit: number) {
    // What is put in front of the rest of a line must leave room for it.
    this.#limit = limit === 0 ? 0 : Math.max(limit, 2);
  }

  get brokeLine(): boolean {
    return this.#brokeLine;
  }

  apply(text: string): string {
    if (this.#limit === 0 || this.#fits(text)) return text;
    return this.#broken(text);
  }

  /** Leaps from line end to line end, a limit's length at a time: most lines are never looked at. */
  #fits(text: string): boolean {
    let lineStart = -this.#column;
    while (text.length - lineStart > this.#limit) {
      const end = text.lastIndexOf('\n', lineStart + this.#limit);
      if (end < 0 || end < lineStart) return false;
      lineStart = end + 1;
    }
    const last = text.lastIndexOf('\n');
    this.#column = last < 0 ? this.#column + text.length : text.length - last - 1;
    return true;
  }

  #broken(text: string): string {
    const parts: string[] = [];
    let position = 0;
    while (position < text.length) {
      const found = text.indexOf('\n', position);
      const end = found < 0 ? text.length : found;
      while (this.#column + end - position > this.#limit) {
        const room = this.#limit - this.#column;
        parts.push(text.slice(position, position + room), '\n ');
        position += room;
        this.#column = 1;
        this.#brokeLine = true;
      }
      parts.push(text.slice(position, found < 0 ? end : end + 1));
      this.#column = found < 0 ? this.#column + end - position : 0;
      position = end + 1;
    }
    return parts.join('');
  }
}
