/**
 * protocol/address/path - the address of MAIL FROM and RCPT TO, to internal form.
 *
 * Tolerant where Postfix is: missing or doubled brackets, a display name, a source route (dropped). Linear in the length.
 * Standard: RFC 5321 sections 4.1.2 and 4.1.1.3.
 */

import { fromOctets } from '../message/octets.js';
import { addressOf, withoutRoute } from './spec.js';
import { isSign, isWord, type Token, tokenize } from './token.js';

export type PathResult =
  | {
      readonly is: 'path';
      /** Internal form; '' for `<>`. */
      readonly address: string;
      readonly rest: string;
      /** Brackets, and nothing but an address within: what strict_rfc821_envelopes asks for. */
      readonly isStrict: boolean;
    }
  /** A quote or bracket without its end, or nothing at all. */
  | { readonly is: 'unbalanced' }
  /** `word`: what stood where the address should. */
  | { readonly is: 'bad'; readonly word: string };

/** @param text what follows `FROM:` or `TO:`, one char a byte; the address comes out as Unicode */
export function parsePath(text: string): PathResult {
  const trimmed = text.replace(/^[ \t]+/, '');
  const end = wordEnd(trimmed);
  if (end <= 0) return { is: 'unbalanced' };
  const word = trimmed.slice(0, end);
  const inside = insideOf(word);
  const address = inside === undefined ? undefined : toInternal(inside);
  if (inside === undefined || address === undefined) return { is: 'bad', word };
  const isStrict = word === `<${inside}>` && !hasComment(inside);
  return {
    is: 'path',
    address: fromOctets(address),
    rest: trimmed.slice(end).replace(/^[ \t]+/, ''),
    isStrict,
  };
}

/** Where the first word ends; blanks within brackets and quotes belong to it. -1: a bracket or quote is left open. */
function wordEnd(text: string): number {
  let index = 0;
  while (index < text.length) {
    const char = text[index];
    if (char === ' ' || char === '\t') return index;
    if (char === '<' || char === '"' || char === '[') {
      index = closing(text, index, char === '<' ? '>' : char === '[' ? ']' : '"');
      if (index < 0) return -1;
    } else if (char === '\\') index += 1;
    index += 1;
  }
  return Math.min(index, text.length);
}

/** Index of the char that closes the one at `open`, outside of quotes and escapes. */
function closing(text: string, open: number, close: string): number {
  let quoted = false;
  for (let index = open + 1; index < text.length; index += 1) {
    const char = text[index];
    if (char === '\\') index += 1;
    else if (char === close && !quoted) return index;
    else if (char === '"') quoted = !quoted;
  }
  return -1;
}

/** The text within the brackets; of `name <address>` the address. Undefined: something stands behind it. */
function insideOf(word: string): string | undefined {
  let end = word.length;
  while (word[end - 1] === '>') end -= 1;
  const shorter = word.slice(0, end);
  const { tokens } = tokenize(shorter);
  if (tokens.some((token) => isSign(token, '>'))) return undefined;
  if (!tokens.some((token) => isSign(token, '<'))) return shorter;
  return afterLastBracket(shorter);
}

/** What follows the last `<` that is no part of a quote. */
function afterLastBracket(text: string): string {
  let after = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (char === '\\') index += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === '<' && !quoted) after = index + 1;
  }
  return text.slice(after);
}

function hasComment(text: string): boolean {
  return text.includes('(') && tokenize(text).tokens.some(({ kind }) => kind === 'comment');
}

/**
 * External to internal form: quotes and escapes undone; source route, comments, and blanks around signs dropped.
 * Undefined: no address (two words, unbalanced quotes, a list). A literal without its `]` is taken.
 */
export function toInternal(external: string): string | undefined {
  const { tokens, malformed } = tokenize(external);
  if (malformed && tokens.at(-1)?.kind !== 'literal') return undefined;
  let previous: Token | undefined;
  for (const token of withoutRoute(tokens)) {
    if (token.kind === 'comment') continue;
    if (token.kind === 'sign' && !/[@.:]/.test(token.raw)) return undefined;
    if (token.spaced && previous && isWord(previous) && isWord(token)) return undefined;
    previous = token;
  }
  return addressOf(tokens)?.address ?? '';
}
