/**
 * pipe/line-rewriter - the content as the command wants its lines: dots doubled, `From ` quoted, another line end; pure.
 *
 * Whatever the chunks are, the result is the same. Postfix: mail_copy(3).
 */
import type { PipeAttributes } from './attributes.js';

type Wanted = Pick<PipeAttributes, 'eol' | 'flags'>;

/** True: the content is not copied unchanged. */
export function rewritesLines({ eol, flags }: Wanted): boolean {
  return eol !== '\n' || flags.has('.') || flags.has('>') || flags.has('B');
}

export async function* rewriteLines(
  content: AsyncIterable<Uint8Array>,
  wanted: Wanted,
): AsyncIterable<Uint8Array> {
  const rewriter = new LineRewriter(wanted);
  for await (const chunk of content) {
    const text = rewriter.chunk(chunk);
    if (text !== '') yield Buffer.from(text, 'latin1');
  }
  const rest = rewriter.end();
  if (rest !== '') yield Buffer.from(rest, 'latin1');
}

const word = 'From ';

/** Text is Latin-1, one char a byte. */
class LineRewriter {
  readonly #eol: string;
  readonly #dots: boolean;
  readonly #from: boolean;
  readonly #blank: boolean;
  /** The beginning of a line that may become `From `. */
  #held = '';
  #atLineStart = true;

  constructor({ eol, flags }: Wanted) {
    this.#eol = eol;
    this.#dots = flags.has('.');
    this.#from = flags.has('>');
    this.#blank = flags.has('B');
  }

  chunk(bytes: Uint8Array): string {
    const all =
      this.#held + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const start = all.lastIndexOf('\n') + 1;
    const isStart = start > 0 || this.#held !== '' || this.#atLineStart;
    const last = all.slice(start);
    const waits = this.#from && isStart && last.length < word.length && word.startsWith(last);
    this.#held = waits ? last : '';
    const text = waits ? all.slice(0, start) : all;
    const rewritten = this.#rewrite(text);
    if (text !== '') this.#atLineStart = text.endsWith('\n');
    return rewritten;
  }

  end(): string {
    const text = this.#rewrite(this.#held);
    // A last line without an end gets one, as a queue file has it.
    const open = this.#held !== '' || !this.#atLineStart;
    return text + (open ? this.#eol : '') + (this.#blank ? this.#eol : '');
  }

  #rewrite(text: string): string {
    let result = text;
    if (this.#dots) {
      if (this.#atLineStart && result.startsWith('.')) result = `.${result}`;
      result = result.replaceAll('\n.', '\n..');
    }
    if (this.#from) {
      if (this.#atLineStart && result.startsWith(word)) result = `>${result}`;
      result = result.replaceAll(`\n${word}`, `\n>${word}`);
    }
    return this.#eol === '\n' ? result : result.replaceAll('\n', this.#eol);
  }
}
