/**
 * policy/attributes - lines of `name=value`, ended by an empty one; pure.
 *
 * A value never brings a line of its own. Standard: SMTPD_POLICY_README, PROTOCOL DESCRIPTION.
 */

import { StringDecoder } from 'node:string_decoder';

export function encodeAttributes(
  attributes: Iterable<readonly [name: string, value: string]>,
): string {
  let text = '';
  for (const [name, value] of attributes) text += `${name}=${value.replace(/[\0\r\n]/g, '?')}\n`;
  return `${text}\n`;
}

const maxAnswer = 100_000;

/** Collects an answer from its bytes. */
export class AttributeReader {
  readonly #decoder = new StringDecoder('utf8');
  #text = '';

  /** The attributes, once the empty line is there; undefined: more is needed. @throws too long */
  push(bytes: Buffer): ReadonlyMap<string, string> | undefined {
    this.#text += this.#decoder.write(bytes);
    if (this.#text.length > maxAnswer) throw new Error('answer is too long');
    const end = /(?:^|\n)\r?\n/.exec(this.#text);
    if (!end) return undefined;
    const lines = this.#text.slice(0, end.index).split('\n');
    this.#text = this.#text.slice(end.index + end[0].length);
    return new Map(lines.flatMap((line) => attribute(line) ?? []));
  }

  /** Bytes that nobody asked for. */
  get hasRest(): boolean {
    return this.#text !== '';
  }
}

/** As the one entry of a list; undefined: no attribute. */
function attribute(line: string): [[name: string, value: string]] | undefined {
  const equals = line.indexOf('=');
  if (equals < 0) return undefined;
  return [[line.slice(0, equals).trim(), line.slice(equals + 1).trim()]];
}
