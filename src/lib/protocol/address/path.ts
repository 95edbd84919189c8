/**
 * protocol/address/path - the address of MAIL FROM and RCPT TO, to internal form.
 *
 * Tolerant where Postfix is: missing brackets, a display name, a source route (dropped). Linear in the length.
 * Standard: RFC 5321 sections 4.1.2 and 4.1.1.3.
 */

import { fromOctets } from '../message/octets.js';
import { addressOf, withoutRoute } from './spec.js';
import { isWord, type Token, tokenize } from './token.js';

export type PathResult =
  | {
      readonly is: 'path';
      readonly address: string;
      readonly rest: string;
      readonly hadBrackets: boolean;
    }
  | { readonly is: 'bad'; readonly problem: 'syntax' | 'unbalanced' };

/** @param text what follows `FROM:` or `TO:`, one char a byte; the address comes out as Unicode */
export function parsePath(text: string): PathResult {
  const trimmed = text.trimStart();
  if (!trimmed.startsWith('<')) {
    const match = /^(?:"(?:[^"\\]|\\.)*"|[^\s"<>])+/.exec(trimmed);
    if (!match) return { is: 'bad', problem: 'syntax' };
    return finish(match[0], trimmed.slice(match[0].length), false);
  }
  const end = closingBracket(trimmed);
  if (end < 0) return { is: 'bad', problem: 'unbalanced' };
  return finish(trimmed.slice(1, end), trimmed.slice(end + 1), true);
}

function finish(inside: string, rest: string, hadBrackets: boolean): PathResult {
  const address = toInternal(inside);
  // Parameters stand behind a blank: `<a@example.org>SIZE=1` is no path.
  if (address === undefined || /^\S/.test(rest)) return { is: 'bad', problem: 'syntax' };
  return { is: 'path', address: fromOctets(address), rest: rest.trimStart(), hadBrackets };
}

/** Index of the `>` that closes, outside of quotes. */
function closingBracket(text: string): number {
  let quoted = false;
  for (let index = 1; index < text.length; index += 1) {
    const char = text[index];
    if (char === '\\') index += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === '>' && !quoted) return index;
  }
  return -1;
}

/**
 * External to internal form: quotes and escapes undone; source route, comments, and blanks around signs dropped.
 * Undefined: no address (two words, unbalanced quotes, a list).
 */
export function toInternal(external: string): string | undefined {
  const { tokens, malformed } = tokenize(external);
  if (malformed) return undefined;
  let previous: Token | undefined;
  for (const token of withoutRoute(tokens)) {
    if (token.kind === 'comment') continue;
    if (token.kind === 'sign' && !/[@.:]/.test(token.raw)) return undefined;
    if (token.spaced && previous && isWord(previous) && isWord(token)) return undefined;
    previous = token;
  }
  return addressOf(tokens)?.address ?? '';
}
