/**
 * policy/attributes - lines of `name=value`, ended by an empty one; pure.
 *
 * A value never brings a line of its own. Standard: SMTPD_POLICY_README, PROTOCOL DESCRIPTION.
 */

export function encodeAttributes(
  attributes: Iterable<readonly [name: string, value: string]>,
): string {
  let text = '';
  for (const [name, value] of attributes) text += `${name}=${value.replace(/[\0\r\n]/g, '?')}\n`;
  return `${text}\n`;
}

const maxAnswer = 100_000;
const emptyLine = /(?:^|\n)\r?\n/g;

/** Collects an answer from its bytes. */
export class AttributeReader {
  #text = '';
  /** Up to here there is no empty line. */
  #searched = 0;

  /** The attributes, once the empty line is there; undefined: more is needed. Bytes that are no UTF-8 become U+FFFD. @throws too long */
  push(bytes: Buffer): ReadonlyMap<string, string> | undefined {
    this.#text += bytes.toString('latin1');
    if (this.#text.length > maxAnswer) throw new Error('answer is too long');
    emptyLine.lastIndex = this.#searched;
    const end = emptyLine.exec(this.#text);
    this.#searched = end ? 0 : Math.max(0, this.#text.length - 2);
    if (!end) return undefined;
    const lines = this.#text.slice(0, end.index).split(/\r?\n/);
    this.#text = this.#text.slice(end.index + end[0].length);
    const attributes = new Map<string, string>();
    for (const line of lines) {
      const equals = line.indexOf('=');
      const name = line.slice(0, equals);
      // Of two with one name the first counts.
      if (equals > 0 && !attributes.has(name))
        attributes.set(name, Buffer.from(line.slice(equals + 1), 'latin1').toString('utf8'));
    }
    return attributes;
  }

  /** Half an answer, or bytes that nobody asked for. */
  get hasRest(): boolean {
    return this.#text !== '';
  }
}
