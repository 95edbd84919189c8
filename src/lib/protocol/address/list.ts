/**
 * protocol/address/list - the address list of a header field: read, and written again with other addresses.
 *
 * Names, groups and comments stay; a list in which nothing changes stays to the letter. A changed one is laid out as
 * Postfix does it: one blank after a comma, lines folded at about 70. One pass, linear. Postfix: tok822(3),
 * cleanup_rewrite.c. Standard: RFC 5322 section 3.4.
 */
import { addressOf, type Spec } from './spec.js';
import { isSign, isWord, type Token, tokenize } from './token.js';

/** An address with what surrounds it. `before` and `after` are laid out already. */
interface Item {
  readonly spec: Spec;
  readonly before: string;
  readonly after: string;
}

/** Text without an address (group names, stray signs), or an item; `comma`: a comma follows. */
type Part = { readonly text: string; readonly item?: Item; comma: boolean };

export class AddressList {
  readonly #parts: readonly Part[];
  readonly #malformed: boolean;
  /** Internal form, in order; `<>` is left out. */
  readonly addresses: readonly string[];

  constructor(parts: readonly Part[], malformed: boolean) {
    this.#parts = parts;
    this.#malformed = malformed;
    this.addresses = parts.flatMap(({ item }) => (item ? [item.spec.address] : []));
  }

  /**
   * The field value with `addresses` in their places, folded for a field of this name; undefined: nothing changes, or
   * the list is too broken to be touched.
   */
  render(
    name: string,
    addresses: readonly string[],
    quote: (address: string) => string,
  ): string | undefined {
    if (this.#malformed) return undefined;
    let changed = false;
    let index = 0;
    const lines: string[] = [];
    let line = '';
    for (const part of this.#parts) {
      let text = part.text;
      if (part.item) {
        const { spec, before, after } = part.item;
        const external = spec.fixed ? spec.external : quote(addresses[index] ?? spec.address);
        index += 1;
        changed ||= external !== spec.external;
        text = `${before}${external}${after}`;
      }
      line += text;
      if (!part.comma) continue;
      lines.push(`${line},`);
      line = '';
    }
    lines.push(line);
    return changed ? fold(name, lines) : undefined;
  }
}

const foldWidth = 70; // Postfix folds here, the tab of a continuation line counted as nothing

/** Joins elements while a line stays below the width; the first line begins with `name: `. */
function fold(name: string, elements: readonly string[]): string {
  let result = ` ${elements[0] ?? ''}`;
  let width = name.length + 1 + result.length;
  for (const element of elements.slice(1)) {
    if (width + 1 + element.length < foldWidth) {
      result += ` ${element}`;
      width += 1 + element.length;
    } else {
      result += `\n\t${element}`;
      width = element.length;
    }
  }
  return result;
}

export function parseList(text: string, tokenLimit?: number): AddressList {
  const { tokens, malformed } = tokenize(text, tokenLimit);
  return new Parser(tokens).parse(malformed);
}

/** The addresses of a list in internal form. */
export function parseAddressList(text: string, tokenLimit?: number): readonly string[] {
  return parseList(text, tokenLimit).addresses;
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #parts: Part[] = [];
  readonly #lastSemicolon: number;
  readonly #lastClose: number;
  #words: Token[] = [];
  #malformed = false;
  /** An address ended here: what follows without a comma is another one. */
  #complete = false;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
    this.#lastSemicolon = tokens.findLastIndex((token) => isSign(token, ';'));
    this.#lastClose = tokens.findLastIndex((token) => isSign(token, '>'));
  }

  parse(malformed: boolean): AddressList {
    this.#malformed = malformed;
    for (let index = 0; index < this.#tokens.length; index += 1) index = this.#take(index);
    this.#endItem();
    return new AddressList(this.#parts, this.#malformed);
  }

  /** Takes the token at `index`; answers the index of the last one taken. */
  #take(index: number): number {
    const token = this.#tokens[index];
    if (!token) return index;
    if (token.kind !== 'sign') {
      if (this.#complete && isWord(token)) this.#separate();
      if (this.#complete && token.kind === 'comment') {
        this.#append(this.#parts.at(-1)?.text.endsWith('>') === true ? token.raw : ` ${token.raw}`);
        return index;
      }
      this.#words.push(token);
      return index;
    }
    switch (token.raw) {
      case ',':
        this.#endItem();
        this.#comma();
        return index;
      case ';':
        this.#endItem();
        this.#text(';');
        this.#complete = true;
        return index;
      case ':':
        return this.#colon(index, token);
      case '<':
        return this.#angle(index, token);
      case '>':
      case ')':
        this.#malformed = true;
        return index;
      default:
        if (this.#complete) this.#separate();
        this.#words.push(token);
        return index;
    }
  }

  /** A group's name ends here, if its `;` is still to come; else the sign belongs to what it stands in. */
  #colon(index: number, token: Token): number {
    if (index < this.#lastSemicolon && !isSign(this.#words[0], '@')) {
      if (this.#complete) this.#separate();
      this.#text(`${phrase(this.#words)}: `);
      this.#words = [];
    } else {
      this.#words.push(token);
    }
    return index;
  }

  #angle(index: number, token: Token): number {
    if (index > this.#lastClose) {
      this.#malformed = true;
      this.#words.push(token);
      return index;
    }
    let close = index + 1;
    while (!isSign(this.#tokens[close], '>')) close += 1;
    if (this.#complete) this.#separate();
    const name = phrase(this.#words);
    this.#words = [];
    const inside = this.#tokens.slice(index + 1, close);
    const comments = inside.filter(({ kind }) => kind === 'comment');
    const after = `${comments.map(({ raw }) => ` ${raw}`).join('')}>`;
    const before = name === '' ? '<' : `${name} <`;
    const spec = addressOf(inside);
    if (spec) this.#parts.push({ text: '>', item: { spec, before, after }, comma: false });
    else this.#text(`${before}${after}`);
    this.#complete = true;
    return close;
  }

  /** Words that no `<` followed: addresses themselves; two words side by side are two addresses. */
  #endItem(): void {
    const words = this.#words;
    this.#words = [];
    const comments = words.filter(({ kind }) => kind === 'comment').map(({ raw }) => raw);
    const runs = addressRuns(words.filter(({ kind }) => kind !== 'comment'));
    runs.forEach((run, position) => {
      const spec = addressOf(run);
      if (!spec) {
        this.#malformed = true;
        return;
      }
      if (this.#complete) this.#separate();
      const last = position === runs.length - 1;
      const after = last ? comments.map((raw) => ` ${raw}`).join('') : '';
      this.#parts.push({ text: '', item: { spec, before: '', after }, comma: false });
      this.#complete = true;
    });
    if (runs.length === 0 && comments.length > 0) this.#text(comments.join(' '));
    this.#complete = false;
  }

  #separate(): void {
    this.#comma();
  }

  #comma(): void {
    const last = this.#parts.at(-1);
    if (last && !last.comma) last.comma = true;
    else this.#parts.push({ text: '', comma: true });
    this.#complete = false;
  }

  #text(text: string): void {
    this.#parts.push({ text, comma: false });
  }

  #append(text: string): void {
    this.#text(text);
  }
}

/** Splits at places where one word follows another without a sign between them. */
function addressRuns(tokens: readonly Token[]): Token[][] {
  const runs: Token[][] = [];
  let previous: Token | undefined;
  for (const token of tokens) {
    const run = runs.at(-1);
    if (run && !(previous && isWord(previous) && isWord(token))) run.push(token);
    else runs.push([token]);
    previous = token;
  }
  return runs;
}

/** A display name: words with one blank between them, signs as they were. */
function phrase(tokens: readonly Token[]): string {
  let result = '';
  let previous: Token | undefined;
  for (const token of tokens) {
    const both = previous !== undefined && previous.kind !== 'sign' && token.kind !== 'sign';
    result += previous && (both || token.spaced) ? ` ${token.raw}` : token.raw;
    previous = token;
  }
  return result;
}
