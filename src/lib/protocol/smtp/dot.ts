/**
 * protocol/smtp/dot - message content after DATA: from the wire (CRLF, doubled dots) to LF lines, and back.
 *
 * Invariant of decoding: only CR LF . CR LF ends the content, unless bare line feeds are allowed to; what is
 * decoded does not depend on how the bytes were split. All of it works on whole pieces as Latin-1 text, one char a
 * byte: the engine's own searches are several times as fast as a loop over bytes.
 * Standards: RFC 5321 sections 4.5.2 and 2.3.8; the smuggling defence is CVE-2023-51764's.
 */
import { countLineEnds } from '../../util/line-ends.js';

/** What a LF without CR means inside content: see smtpd_forbid_bare_newline. */
export type BareNewlineRule =
  /** A line end like CRLF; also `LF . LF` ends the content. */
  | 'line-end'
  /** A line end inside the content; only CRLF . CRLF ends it. */
  | 'normalize';

export interface DotResult {
  /** Decoded content, LF line ends; may be empty. */
  readonly chunk: Buffer;
  /** Line ends in it: on the wire each is two bytes. */
  readonly lineEnds: number;
  readonly done: boolean;
  /** Bytes of the input that were used; less than its length only when done. */
  readonly used: number;
}

const nothing = { chunk: Buffer.alloc(0), lineEnds: 0 };
const standardEnd = '\r\n.\r\n';
const anyEnd = /\n\.\r?\n/;
const bareNewline = /(?:^|[^\r])\n/;
const maxHeldCrs = 64; // a run of CRs that is longer than this is content, whatever follows

export class DotDecoder {
  readonly #rule: BareNewlineRule;
  readonly #watch: boolean;
  /** The end of the last line when we stand behind it: what a dot and an end need before them. Content begins so. */
  #lineEnd: '' | '\n' | '\r\n' = '\r\n';
  /** Text whose meaning the next bytes decide: a dot at the start of a line, trailing CRs. */
  #held = '';
  #sawBareNewline = false;

  /** @param watch looks for bare newlines (costs a search of its own) */
  constructor(rule: BareNewlineRule, watch = false) {
    this.#rule = rule;
    this.#watch = watch;
  }

  get sawBareNewline(): boolean {
    return this.#sawBareNewline;
  }

  /** Decodes what it can; keeps at most the last few bytes for the next call. */
  decode(input: Buffer): DotResult {
    const before = this.#lineEnd;
    const text = before + this.#held + input.toString('latin1');
    const skipped = before.length + this.#held.length;
    const end = this.#find(text);
    if (end) {
      this.#held = '';
      const decoded = this.#decoded(text.slice(0, end.at), before);
      return { ...decoded, done: true, used: end.after - skipped };
    }
    const cut = heldFrom(text);
    this.#held = text.slice(cut);
    const usable = cut === text.length ? text : text.slice(0, cut);
    const decoded = this.#decoded(usable, before);
    this.#lineEnd = usable.endsWith('\r\n') ? '\r\n' : usable.endsWith('\n') ? '\n' : '';
    return { ...decoded, done: false, used: input.length };
  }

  /** Where the content ends (behind its last line end), and where what follows it begins. */
  #find(text: string): { readonly at: number; readonly after: number } | undefined {
    if (this.#rule === 'normalize') {
      const at = text.indexOf(standardEnd);
      return at < 0 ? undefined : { at: at + 2, after: at + standardEnd.length };
    }
    const match = anyEnd.exec(text);
    return match ? { at: match.index + 1, after: match.index + match[0].length } : undefined;
  }

  /** `text` begins with the line end `before`, which was given out already. */
  #decoded(text: string, before: string): Pick<DotResult, 'chunk' | 'lineEnds'> {
    if (text.length === before.length) return nothing;
    if (this.#watch && !this.#sawBareNewline)
      this.#sawBareNewline = bareNewline.test(before === '\n' ? text.slice(1) : text);
    let lines = withLf(text);
    // RFC 5321 section 4.5.2: the first of the doubled dots goes.
    if (lines.includes('\n.')) lines = lines.replaceAll('\n.', '\n');
    if (before !== '') lines = lines.slice(1);
    return { chunk: Buffer.from(lines, 'latin1'), lineEnds: countLineEnds(lines) };
  }
}

/** Line ends as LF. Postfix drops every CR before a LF, not just one. */
export function withLf(text: string): string {
  if (!text.includes('\r\r\n')) return text.replaceAll('\r\n', '\n');
  // From the first CR of a run only: else a long run costs the square of its length.
  return text.replace(/(?<!\r)\r+\n/g, '\n');
}

/** Where the part of the text begins that cannot be decoded yet. */
function heldFrom(text: string): number {
  let cut = text.length;
  while (cut > 0 && text.length - cut < maxHeldCrs && text.charCodeAt(cut - 1) === 0x0d) cut -= 1;
  const isDotLine = text.charCodeAt(cut - 1) === 0x2e && text.charCodeAt(cut - 2) === 0x0a;
  return isDotLine ? cut - 1 : cut;
}

/** LF lines to the wire: CRLF and doubled dots, as Latin-1 text; call end() once for the last bytes. */
export class DotEncoder {
  #atLineStart = true;

  /** @param text one char a byte */
  encode(text: string): string {
    if (text === '') return '';
    let out = text.includes('\n.') ? text.replaceAll('\n.', '\n..') : text;
    if (this.#atLineStart && text.startsWith('.')) out = `.${out}`;
    this.#atLineStart = text.endsWith('\n');
    return out.replaceAll('\n', '\r\n');
  }

  /** `.` CRLF, after a line end if the content had none. */
  end(): string {
    return this.#atLineStart ? '.\r\n' : '\r\n.\r\n';
  }
}
