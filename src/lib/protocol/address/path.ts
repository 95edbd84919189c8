/**
 * protocol/address/path - the address of MAIL FROM and RCPT TO, to internal form.
 *
 * Tolerant where Postfix is: missing brackets, a display name, a source route (dropped). Linear in the length.
 * Standard: RFC 5321 sections 4.1.2 and 4.1.1.3.
 */

export type PathResult =
  | {
      readonly is: 'path';
      readonly address: string;
      readonly rest: string;
      readonly hadBrackets: boolean;
    }
  | { readonly is: 'bad'; readonly problem: 'syntax' | 'unbalanced' };

/** @param text what follows `FROM:` or `TO:` */
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
  if (address === undefined) return { is: 'bad', problem: 'syntax' };
  return { is: 'path', address, rest: rest.trimStart(), hadBrackets };
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
 * External to internal form: quotes and escapes undone, source route dropped, blanks around dots and `@` dropped.
 * Undefined: no address (two words, unbalanced quotes, empty domain).
 */
export function toInternal(external: string): string | undefined {
  let text = external.trim();
  // RFC 5321 appendix F.2: a source route is ignored.
  if (text.startsWith('@')) {
    const colon = text.indexOf(':');
    if (colon >= 0 && !text.slice(0, colon).includes('"')) text = text.slice(colon + 1).trim();
  }
  let result = '';
  let wasSpace = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] ?? '';
    if (char === ' ' || char === '\t') {
      wasSpace = true;
      continue;
    }
    if (wasSpace && result !== '' && !/[.@]$/.test(result) && char !== '.' && char !== '@')
      return undefined;
    wasSpace = false;
    if (char === '"') {
      const end = closingQuote(text, index);
      if (end < 0) return undefined;
      result += text.slice(index + 1, end).replace(/\\(.)/gs, '$1');
      index = end;
    } else if (char === '\\') {
      index += 1;
      result += text[index] ?? '';
    } else if (char === '<' || char === '>' || char === ',' || char === ';') {
      return undefined;
    } else {
      result += char;
    }
  }
  return result;
}

function closingQuote(text: string, open: number): number {
  for (let index = open + 1; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === '"') return index;
  }
  return -1;
}
