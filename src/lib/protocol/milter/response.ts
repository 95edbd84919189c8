/**
 * protocol/milter/response - what a filter answers (SMFIR_*), decoded.
 *
 * Texts are one char a byte. Nothing is believed: what is cut short, too long or unknown is an error.
 */
import type { Packet } from './packet.js';
import { MilterProtocolError } from './protocol-error.js';

/** Answers without data, by letter. */
const plain = {
  a: 'accept',
  c: 'continue',
  d: 'discard',
  f: 'connection-failure',
  p: 'progress',
  r: 'reject',
  s: 'skip',
  t: 'tempfail',
  '4': 'shutdown',
} as const;

type Plain = (typeof plain)[keyof typeof plain];

/** A change of the message: only in answer to its end. */
export type Change =
  | { readonly is: 'add-header'; readonly name: string; readonly value: string }
  /** `index` 0 is the very top. */
  | {
      readonly is: 'insert-header';
      readonly index: number;
      readonly name: string;
      readonly value: string;
    }
  /** `index` counts fields of this name from 1; an empty value removes the field. */
  | {
      readonly is: 'change-header';
      readonly index: number;
      readonly name: string;
      readonly value: string;
    }
  | { readonly is: 'replace-body'; readonly chunk: Buffer }
  /** `parameters`: ESMTP parameters of MAIL. */
  | { readonly is: 'change-sender'; readonly address: string; readonly parameters: string }
  | { readonly is: 'add-recipient'; readonly address: string; readonly parameters: string }
  | { readonly is: 'delete-recipient'; readonly address: string };

export type Response =
  | { readonly is: Plain }
  /** `550 5.7.1 text`; may have several lines. */
  | { readonly is: 'reply'; readonly text: string }
  | { readonly is: 'quarantine'; readonly reason: string }
  | Change;

/** @throws {MilterProtocolError} */
export function decodeResponse({ letter, data }: Packet): Response {
  if (Object.hasOwn(plain, letter)) {
    const is = plain[letter as keyof typeof plain];
    if (data.length > 0)
      throw new MilterProtocolError(`reply ${is} was followed by ${data.length} data bytes`);
    return { is };
  }
  const fields = new Fields(data);
  switch (letter) {
    case 'y':
      return { is: 'reply', text: fields.rest() };
    case 'q':
      return { is: 'quarantine', reason: fields.rest() };
    case 'h':
      return fields.end({ is: 'add-header', name: fields.text(), value: fields.text() });
    case 'i':
      return fields.end({
        is: 'insert-header',
        index: fields.number(),
        name: fields.text(),
        value: fields.text(),
      });
    case 'm':
      return fields.end({
        is: 'change-header',
        index: fields.number(),
        name: fields.text(),
        value: fields.text(),
      });
    case 'b':
      return { is: 'replace-body', chunk: data };
    case 'e':
      return fields.end({
        is: 'change-sender',
        address: fields.text(),
        parameters: fields.optionalText(),
      });
    case '2':
      return fields.end({
        is: 'add-recipient',
        address: fields.text(),
        parameters: fields.optionalText(),
      });
    case '+':
      return fields.end({ is: 'add-recipient', address: fields.text(), parameters: '' });
    case '-':
      return fields.end({ is: 'delete-recipient', address: fields.text() });
    default:
      throw new MilterProtocolError('unexpected filter response (unknown filter reply)');
  }
}

/** Reads data field by field. */
export class Fields {
  readonly #data: Buffer;
  #position = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#data.length;
  }

  number(): number {
    const end = this.#position + 4;
    if (end > this.#data.length)
      throw new MilterProtocolError('input packet too short for network long');
    const value = this.#data.readUInt32BE(this.#position);
    this.#position = end;
    return value;
  }

  text(): string {
    const end = this.#data.indexOf(0, this.#position);
    if (end < 0) throw new MilterProtocolError('missing string null terminator');
    const text = this.#data.toString('latin1', this.#position, end);
    this.#position = end + 1;
    return text;
  }

  optionalText(): string {
    return this.isAtEnd ? '' : this.text();
  }

  /** One text that need not have its NUL. */
  rest(): string {
    if (this.#data.length === 0) throw new MilterProtocolError('no data in input packet');
    const end = this.#data.indexOf(0);
    return this.#data.toString('latin1', 0, end < 0 ? this.#data.length : end);
  }

  end<T>(value: T): T {
    const left = this.#data.length - this.#position;
    if (left > 0) throw new MilterProtocolError(`left-over data ${left} bytes`);
    return value;
  }
}
