/**
 * cleanup/content/body-checks - the body through body_checks, and the headers of its parts through theirs, as it streams.
 *
 * Memory is bounded as that of protocol/message/mime-body. Postfix: cleanup_body_callback() in cleanup_message.c.
 */
import { MimeBody, type MimeToken } from '../../../lib/protocol/message/mime-body.js';
import type { Message } from '../message.js';
import { checkLine } from './check-line.js';
import { noteProblem } from './mime-problem.js';
import type { ContentRules } from './rules.js';

const empty = Buffer.alloc(0);

export class BodyChecks {
  readonly #message: Message;
  readonly #rules: ContentRules;
  readonly #scanner: MimeBody;
  /** Nothing more is looked at: what comes goes on as it is. */
  #isOver = false;

  constructor(message: Message, rules: ContentRules) {
    const { settings } = message.core;
    this.#message = message;
    this.#rules = rules;
    const { contentType, contentEncoding } = message;
    this.#scanner = new MimeBody(
      { contentType, contentEncoding },
      {
        nesting: settings.mime_nesting_limit,
        boundaryLength: settings.mime_boundary_length_limit,
        headerSize: settings.header_size_limit,
        lineLength: settings.line_length_limit,
        ignoresMime: rules.ignoresMime,
        refusesHeader8Bit: rules.refusesHeader8Bit,
        refusesBody8Bit: rules.refusesBody8Bit,
        refusesEncodings: rules.refusesEncodings,
      },
      (problem, text) => noteProblem(message, problem, text),
    );
  }

  /** What goes on. @throws {LookupError} */
  async push(chunk: Uint8Array): Promise<Uint8Array> {
    if (this.#isOver) return chunk;
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
    const checked = await this.#checked(this.#scanner.push(text));
    if (!this.#canEnd()) return checked;
    this.#isOver = true;
    return Buffer.concat([checked, Buffer.from(this.#scanner.rest(), 'latin1')]);
  }

  /** What is left. @throws {LookupError} */
  async end(): Promise<Uint8Array> {
    return this.#isOver ? empty : this.#checked(this.#scanner.end());
  }

  /** Decided, or a part without parts of its own is longer than the limit. */
  #canEnd(): boolean {
    if (!this.#message.isChecked) return true;
    const { bodyLimit, refusesBody8Bit } = this.#rules;
    return bodyLimit > 0 && !refusesBody8Bit && this.#scanner.flatOffset >= bodyLimit;
  }

  async #checked(tokens: readonly MimeToken[]): Promise<Buffer> {
    let out = '';
    for (const token of tokens) {
      if (this.#message.refusal) return empty;
      if (token.is === 'field') {
        const kind = token.place === 'part' ? 'mime' : 'nested';
        const { before, text } = await checkLine(this.#message, kind, token.field.text);
        if (before !== undefined) out += `${before}\n`;
        if (text !== undefined) out += `${text}\n`;
        continue;
      }
      const { bodyLimit } = this.#rules;
      const end = token.ended ? '\n' : '';
      if (bodyLimit > 0 && token.offset >= bodyLimit) {
        out += token.text + end;
        continue;
      }
      const { before, text } = await checkLine(this.#message, 'body', token.text);
      if (before !== undefined) out += `${before}\n`;
      if (text !== undefined) out += text + end;
    }
    return Buffer.from(out, 'latin1');
  }
}
