/**
 * protocol/smtp/client - the client half: replies from bytes, and what a server offers; pure.
 *
 * Bounded: of a line, of a reply, and of its number of lines only so much is kept; more lines than that are an error.
 * What is not printable becomes `?` here, for replies end in logs and notifications.
 * Postfix: smtp_chat.c. Standards: RFC 5321 sections 4.2 and 4.1.1.1, RFC 3463.
 */

import { trimEnd } from '../../util/trim.js';

/** A reply as a server gave it. */
export interface ServerReply {
  readonly code: number;
  /** RFC 3463 code of the last line, or one made of the reply code's class: `5.0.0`. A 3xx has 5.5.0. */
  readonly dsn: string;
  /** All lines with their codes, joined by blanks, as logs and notifications quote them. */
  readonly text: string;
  /** What follows the code in each line. */
  readonly lines: readonly string[];
}

/** The server said what no SMTP server says. */
export class ProtocolError extends Error {}

const maxLine = 2048; // line_length_limit's default; RFC 5321 section 4.5.3.1.5 wants 512
const maxText = 2048;
const maxLines = 1000;

const statusLine = /^(\d{3})(?:([ -])(.*))?$/s;
const enhancedCode = /^ *([245]\.\d{1,3}\.\d{1,3})(?: |$)/;

const controls = /[\x00-\x1f\x7f]/g;

/** Replies from a stream of bytes. */
export class ReplyReader {
  /** What is no reply is an error: set it where the reply to one command could be taken for that of another. */
  strict = false;
  /** The first line that was no reply; '' when all were. */
  garbage = '';
  #pending = '';
  #lines: string[] = [];
  #text = '';
  #skipping = false;

  receive(bytes: Uint8Array): void {
    this.#pending += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  }

  /** Bytes of a reply that is not whole yet, or of one nobody asked for. */
  get hasRest(): boolean {
    return this.#pending !== '' || this.#lines.length > 0;
  }

  /** Forgets everything: the stream goes on encrypted. */
  clear(): void {
    this.#pending = '';
    this.#lines = [];
    this.#text = '';
    this.#skipping = false;
  }

  /** Undefined: more bytes are needed. @throws {ProtocolError} what no SMTP server says */
  next(): ServerReply | undefined {
    for (;;) {
      const line = this.#line();
      if (line === undefined) return undefined;
      const match = statusLine.exec(line);
      if (!match) this.garbage ||= line.slice(0, 100);
      if (!match && this.strict) throw new ProtocolError('not a reply');
      if (this.#lines.length >= maxLines) throw new ProtocolError('reply has too many lines');
      this.#lines.push(match?.[3] ?? (match ? '' : line));
      if (this.#text.length < maxText) this.#text += this.#text === '' ? line : ` ${line}`;
      // As in Postfix, a line that is none of a reply's goes before the reply that follows.
      if (!match || match[2] === '-') continue;
      const code = Number(match[1]);
      const reply: ServerReply = {
        code,
        dsn: dsnOf(code, match[3] ?? ''),
        text: this.#text,
        lines: this.#lines,
      };
      this.#lines = [];
      this.#text = '';
      return reply;
    }
  }

  #line(): string | undefined {
    for (;;) {
      const end = this.#pending.indexOf('\n');
      if (end < 0) {
        if (this.#skipping) this.#pending = '';
        if (this.#pending.length <= maxLine) return undefined;
        const start = this.#pending.slice(0, maxLine);
        this.#pending = '';
        this.#skipping = true;
        return printable(start);
      }
      const line = this.#pending.slice(0, end);
      this.#pending = this.#pending.slice(end + 1);
      if (this.#skipping) {
        this.#skipping = false;
        continue;
      }
      return printable(trimEnd(line, '\r').slice(0, maxLine));
    }
  }
}

/** RFC 3463 knows three classes; a code of another is a protocol error where it is not expected. */
function dsnOf(code: number, rest: string): string {
  const digit = String(code).slice(0, 1);
  if (!'245'.includes(digit)) return '5.5.0';
  const enhanced = enhancedCode.exec(rest)?.[1];
  return enhanced?.startsWith(digit) === true ? enhanced : `${digit}.0.0`;
}

/** Latin-1 bytes to text: UTF-8 where they are that, `?` for what is neither. */
function printable(line: string): string {
  const text = /^[\x00-\x7f]*$/.test(line)
    ? line
    : Buffer.from(line, 'latin1').toString('utf8').replaceAll('\ufffd', '?');
  return text.replace(controls, '?');
}

export interface Offers {
  /** The name by which the server calls itself. */
  readonly name: string;
  /** Keywords in upper case, with what follows them. */
  readonly keywords: ReadonlyMap<string, string>;
  /** Bytes; 0: SIZE without a number, or none. */
  readonly size: number;
}

export const noOffers: Offers = { name: '', keywords: new Map(), size: 0 };

/** What a reply to EHLO or LHLO offers. `ignored` keywords (upper case) count as not offered. */
export function parseOffers(
  reply: Pick<ServerReply, 'lines'>,
  ignored: ReadonlySet<string> = new Set(),
): Offers {
  const [first = '', ...others] = reply.lines;
  const keywords = new Map<string, string>();
  for (const line of others) {
    // `=` behind a keyword: AUTH of an old draft that some servers still follow.
    const match = /^[- ]*([^ \t=]+)[ \t=]*(.*)$/.exec(line);
    const keyword = match?.[1]?.toUpperCase();
    if (keyword === undefined || ignored.has(keyword)) continue;
    // AUTH= may repeat AUTH; their lists belong together.
    const before = keywords.get(keyword);
    keywords.set(keyword, [before, match?.[2]].filter(Boolean).join(' '));
  }
  const size = keywords.get('SIZE') ?? '';
  return {
    name: /[^ \t]+/.exec(first)?.[0] ?? '',
    keywords,
    size: /^\d{1,15}$/.test(size) ? Number(size) : 0,
  };
}
