/**
 * dict/text/alias-source - an entry of an alias file: `name: value, value`, for postalias(1).
 *
 * The line is cut into tokens as RFC 822 has it, so that quoted colons, commas and blanks do no harm; the name is
 * kept without quotes, the value with them, since it is parsed again at delivery. Standard: aliases(5).
 */
import type { SourceLine } from './source.js';
import type { LogicalLine } from './lines.js';

interface Token {
  readonly kind: 'atom' | 'quoted' | 'literal' | 'comment' | 'special';
  /** Without quotes and brackets; escapes resolved for quoted strings only. */
  readonly text: string;
}

const blanks = ' \t\v\f\r\n';
const specials = '<>()[]:;@,.%!"';
const specialTokens = Array.from(specials, (text): Token => ({ kind: 'special', text }));

export function parseAliasLine({ text }: LogicalLine): SourceLine | undefined {
  const tokens = scan(text);
  if (tokens.length === 0) return undefined;
  const colon = tokens.findIndex((token) => isSpecial(token, ':'));
  const name = tokens.slice(0, colon);
  const value = tokens.slice(colon + 1);
  if (colon <= 0 || value.length === 0 || name.some((token) => isSpecial(token, ',')))
    return { entry: undefined, problem: 'need name:value pair' };
  if (name.some((token) => isSpecial(token, '@') || isSpecial(token, '%')))
    return { entry: undefined, problem: 'name must be local' };
  return { entry: { key: join(name, false), value: join(value, true) }, problem: undefined };
}

function isSpecial(token: Token, text: string): boolean {
  return token.kind === 'special' && token.text === text;
}

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let index = 0;
  while (index < text.length) {
    const char = text[index] ?? '';
    if (blanks.includes(char)) index += 1;
    else if (char === '(') {
      const end = commentEnd(text, index);
      tokens.push({ kind: 'comment', text: text.slice(index, end) });
      index = end;
    } else if (char === '"' || char === '[') {
      const closer = char === '"' ? '"' : ']';
      const end = delimitedEnd(text, index + 1, closer);
      const inside = text.slice(index + 1, end);
      tokens.push(
        char === '"'
          ? { kind: 'quoted', text: inside.replace(/\\(.)/gs, '$1') }
          : { kind: 'literal', text: inside },
      );
      index = end + 1;
    } else if (specials.includes(char)) {
      tokens.push(specialTokens[specials.indexOf(char)] ?? { kind: 'special', text: char });
      index += 1;
    } else {
      const start = index;
      while (index < text.length && !blanks.includes(text[index] ?? '')) {
        if (text[index] === '\\') index += 1;
        else if (specials.includes(text[index] ?? '')) break;
        index += 1;
      }
      tokens.push({ kind: 'atom', text: text.slice(start, index).replace(/\\(.)/gs, '$1') });
    }
  }
  return tokens;
}

/** Index of the closing delimiter, or of the end of the text: what is not closed ends there. */
function delimitedEnd(text: string, start: number, closer: string): number {
  let index = start;
  while (index < text.length && text[index] !== closer) index += text[index] === '\\' ? 2 : 1;
  return Math.min(index, text.length);
}

function commentEnd(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    const char = text[index];
    if (char === '\\') index += 1;
    else if (char === '(') depth += 1;
    else if (char === ')' && (depth -= 1) === 0) return index + 1;
  }
  return text.length;
}

const isWord = (token: Token | undefined): boolean =>
  token !== undefined && token.kind !== 'special';

/** A blank between words and after a comma; nothing around dots and at signs. */
function join(tokens: readonly Token[], isQuoting: boolean): string {
  let text = '';
  tokens.forEach((token, index) => {
    const previous = tokens[index - 1];
    if (isWord(token) && isWord(previous)) text += ' ';
    text += written(token, isQuoting);
    if (isSpecial(token, ',')) text += ' ';
    else if (isSpecial(token, '>') && isWord(tokens[index + 1])) text += ' ';
    else if (isWord(token) && tokens[index + 1] && isSpecial(tokens[index + 1] as Token, '<'))
      text += ' ';
  });
  return text;
}

function written(token: Token, isQuoting: boolean): string {
  switch (token.kind) {
    case 'quoted':
      return isQuoting ? `"${token.text.replace(/["\\\r]/g, '\\$&')}"` : token.text;
    case 'literal':
      return `[${token.text}]`;
    case 'atom':
    case 'comment':
    case 'special':
      return token.text;
  }
}
