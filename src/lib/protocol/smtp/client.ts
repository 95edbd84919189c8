/**
 * protocol/smtp/client - the client half: replies from bytes, and what a server offers; pure.
 *
 * Bounded: a reply of more than `maxLines` lines or a line beyond `maxLine` is an error, not memory.
 * Standards: RFC 5321 sections 4.2 and 4.1.1.1.
 */
import type { Reply } from './reply.js';

export class ProtocolError extends Error {}

const maxLine = 8192; // far more than RFC 5321 section 4.5.3.1.5 lets a server send
const maxLines = 1000;

/** Replies from a stream of bytes. */
export class ReplyReader {
  #text = '';
  #lines: string[] = [];

  receive(bytes: Buffer): void {
    this.#text += bytes.toString('latin1');
  }

  /** Bytes of a reply that is not whole yet, or of one nobody asked for. */
  get hasRest(): boolean {
    return this.#text !== '' || this.#lines.length > 0;
  }

  /** Undefined: more bytes are needed. @throws {ProtocolError} what no SMTP server says */
  next(): Reply | undefined {
    for (;;) {
      const end = this.#text.indexOf('\n');
      if (end < 0) {
        if (this.#text.length > maxLine) throw new ProtocolError('reply line too long');
        return undefined;
      }
      const line = this.#text.slice(0, end).replace(/\r$/, '');
      this.#text = this.#text.slice(end + 1);
      const match = /^(\d{3})([ -]?)(.*)$/s.exec(line.slice(0, maxLine));
      if (!match) throw new ProtocolError(`bad reply: ${line.slice(0, 100)}`);
      this.#lines.push(match[3] ?? '');
      if (this.#lines.length > maxLines) throw new ProtocolError('reply has too many lines');
      if (match[2] === '-') continue;
      const lines = this.#lines;
      this.#lines = [];
      return toReply(Number(match[1]), lines);
    }
  }
}

function toReply(code: number, lines: readonly string[]): Reply {
  const enhanced = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/.exec(lines[0] ?? '')?.[1] ?? '';
  if (enhanced === '') return { code, enhanced, lines };
  const strip = (line: string): string =>
    line.startsWith(enhanced) ? line.slice(enhanced.length).trimStart() : line;
  return { code, enhanced, lines: lines.map(strip) };
}

export interface Offers {
  readonly keywords: ReadonlySet<string>;
  /** 0: SIZE without a number, or none. */
  readonly size: number;
}

/** What a reply to EHLO offers; its first line is the server's name. */
export function parseOffers(reply: Reply): Offers {
  const keywords = new Set<string>();
  let size = 0;
  for (const line of reply.lines.slice(1)) {
    const [keyword = '', value] = line.trim().toUpperCase().split(/\s+/);
    keywords.add(keyword);
    if (keyword === 'SIZE' && value !== undefined && /^\d+$/.test(value)) size = Number(value);
  }
  return { keywords, size };
}
