/**
 * cleanup/content/characters - message_reject_characters and message_strip_characters.
 *
 * Postfix: cleanup_message_headerbody() in cleanup_message.c.
 */
import type { Message } from '../message.js';
import { originOf } from '../milter/verdict-line.js';
import { noteAction } from './apply-action.js';
import { refuse } from './check-line.js';
import type { ContentRules } from './rules.js';

const keptOfLine = 200; // as much as the log shows

export class Characters {
  readonly #reject: RegExp | undefined;
  readonly #strip: RegExp | undefined;
  /** The beginning of the line that the last chunk ended in. */
  #line = '';

  constructor({ rejectCharacters, stripCharacters }: ContentRules) {
    this.#reject = oneOf(rejectCharacters);
    this.#strip = oneOf(stripCharacters);
  }

  /**
   * What goes on of a chunk; up to the line with a forbidden character where `refused` is set, which is that line.
   */
  filter(chunk: Uint8Array): { readonly chunk: Uint8Array; readonly refused?: string } {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const text = bytes.toString('latin1');
    const at = this.#reject === undefined ? -1 : text.search(this.#reject);
    if (at >= 0) {
      const start = text.lastIndexOf('\n', at - 1) + 1;
      const end = text.indexOf('\n', at);
      const line = text.slice(start, end < 0 ? undefined : end);
      return {
        chunk: this.#stripped(bytes.subarray(0, start), text.slice(0, start)),
        refused: start === 0 ? this.#line + line : line,
      };
    }
    const last = text.lastIndexOf('\n') + 1;
    this.#line = ((last === 0 ? this.#line : '') + text.slice(last)).slice(0, keptOfLine);
    return { chunk: this.#stripped(bytes, text) };
  }

  #stripped(bytes: Buffer, text: string): Uint8Array {
    if (this.#strip === undefined || !this.#strip.test(text)) return bytes;
    return Buffer.from(text.replace(new RegExp(this.#strip, 'g'), ''), 'latin1');
  }
}

export function refuseLine(message: Message, line: string): void {
  if (!message.isChecked) return;
  const [text = ''] = line.split('\0', 1); // Postfix's strings end there
  noteAction(
    message,
    {
      text,
      context: 'content',
      parameter: 'message_reject_characters',
      origin: originOf(message, 'local'),
    },
    'reject',
    '5.7.1 disallowed character',
  );
  refuse(message, '5.7.1', 'disallowed character');
}

function oneOf(characters: string): RegExp | undefined {
  if (characters === '') return undefined;
  const codes = Array.from(
    Buffer.from(characters, 'latin1'),
    (code) => `\\x${code.toString(16).padStart(2, '0')}`,
  );
  return new RegExp(`[${codes.join('')}]`);
}
