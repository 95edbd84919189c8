/**
 * protocol/address/token - the words and signs of an address or a list of addresses.
 *
 * One pass, linear in the length; `limit` bounds the number of tokens. Text is one char a byte, or Unicode: all beyond
 * ASCII belongs to words. Standard: RFC 5322 section 3.2.
 */

export interface Token {
  /** `sign` is one of `<>@,;:.` and the stray `)`. */
  readonly kind: 'atom' | 'quoted' | 'comment' | 'literal' | 'sign';
  /** As written, quotes and parentheses included; line ends are blanks. */
  readonly raw: string;
  /** Blanks stood in front of it. */
  readonly spaced: boolean;
}

export interface Tokens {
  readonly tokens: readonly Token[];
  /** A quote, comment or literal without its end, or more than `limit` tokens: the rest is the last token's. */
  readonly malformed: boolean;
}

const blanks = /[ \t\r\n]+/y;
const word = /(?:[^ \t\r\n()<>@,;:."[\]\\]|\\[\s\S])+/y;
const quoted = /"(?:[^"\\]|\\[\s\S])*"/y;
const literal = /\[(?:[^[\]\\]|\\[\s\S])*\]/y;

export function tokenize(text: string, limit = Infinity): Tokens {
  const tokens: Token[] = [];
  let position = 0;
  let spaced = false;
  const end = text.length;
  while (position < end) {
    if (isBlank(text.charCodeAt(position))) {
      position = matchEnd(blanks, text, position);
      spaced = true;
      continue;
    }
    if (tokens.length >= limit) return { tokens, malformed: true };
    const [kind, stop] = next(text, position);
    const raw = text.slice(position, stop < 0 ? end : stop);
    tokens.push({ kind, raw: /[\r\n]/.test(raw) ? raw.replace(/[\r\n]/g, ' ') : raw, spaced });
    if (stop < 0) return { tokens, malformed: true };
    position = stop;
    spaced = false;
  }
  return { tokens, malformed: false };
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

/** Kind and end of the token at `position`; -1: it has no end. */
function next(text: string, position: number): [Token['kind'], number] {
  switch (text[position] ?? '') {
    case '(':
      return ['comment', commentEnd(text, position)];
    case '"':
      return ['quoted', found(matchEnd(quoted, text, position), position)];
    case '[':
      return ['literal', found(matchEnd(literal, text, position), position)];
    default: {
      const stop = matchEnd(word, text, position);
      // A lone backslash at the end, `]` and the signs are one char each.
      return stop > position ? ['atom', stop] : ['sign', position + 1];
    }
  }
}

function found(stop: number, position: number): number {
  return stop > position ? stop : -1;
}

function matchEnd(pattern: RegExp, text: string, position: number): number {
  pattern.lastIndex = position;
  return pattern.test(text) ? pattern.lastIndex : position;
}

function commentEnd(text: string, open: number): number {
  let depth = 0;
  for (let index = open; index < text.length; index += 1) {
    const char = text[index];
    if (char === '\\') index += 1;
    else if (char === '(') depth += 1;
    else if (char === ')' && (depth -= 1) === 0) return index + 1;
  }
  return -1;
}

/** The token's text without quotes and escapes. */
export function tokenText({ kind, raw }: Token): string {
  if (kind === 'quoted') return unescape(raw.slice(1, raw.endsWith('"') ? -1 : undefined));
  return kind === 'atom' ? unescape(raw) : raw;
}

function unescape(text: string): string {
  return text.includes('\\') ? text.replace(/\\([\s\S])/g, '$1') : text;
}

export function isWord({ kind }: Token): boolean {
  return kind === 'atom' || kind === 'quoted' || kind === 'literal';
}

export function isSign(token: Token | undefined, sign: string): boolean {
  return token?.kind === 'sign' && token.raw === sign;
}
