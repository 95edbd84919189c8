/**
 * protocol/address/list - the address list of a header field, read and rewritten in place.
 *
 * Comments, display names, groups and the layout stay as they are; only addresses change. One pass, linear.
 * Standard: RFC 5322 section 3.4.
 */
import { toInternal } from './path.js';
import { quoteAddress } from './quote.js';

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Places of the addresses in `text`, in order. */
function addressSpans(text: string): Span[] {
  const spans: Span[] = [];
  let wordStart = -1;
  let wordEnd = -1;
  let angle: Span | undefined;
  let index = 0;
  const finish = (): void => {
    if (angle) spans.push(angle);
    else if (wordStart >= 0) spans.push({ start: wordStart, end: wordEnd });
    wordStart = -1;
    angle = undefined;
  };
  while (index < text.length) {
    const char = text[index] ?? '';
    if (char === '(') {
      index = skipComment(text, index);
    } else if (char === '"') {
      if (wordStart < 0) wordStart = index;
      index = skipQuoted(text, index);
      wordEnd = index;
    } else if (char === '<') {
      const end = text.indexOf('>', index);
      const stop = end < 0 ? text.length : end;
      angle = { start: index + 1, end: stop };
      index = stop + 1;
    } else if (char === ',' || char === ';') {
      finish();
      index += 1;
    } else if (char === ':') {
      // `group: a, b;` - what stood before is the group's name.
      wordStart = -1;
      index += 1;
    } else if (char === '[') {
      const end = text.indexOf(']', index);
      if (wordStart < 0) wordStart = index;
      index = end < 0 ? text.length : end + 1;
      wordEnd = index;
    } else {
      if (!/\s/.test(char)) {
        if (wordStart < 0) wordStart = index;
        wordEnd = index + (char === '\\' ? 2 : 1);
      }
      index += char === '\\' ? 2 : 1;
    }
  }
  finish();
  return spans;
}

function skipComment(text: string, open: number): number {
  let depth = 0;
  for (let index = open; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === '(') depth += 1;
    else if (text[index] === ')' && (depth -= 1) === 0) return index + 1;
  }
  return text.length;
}

function skipQuoted(text: string, open: number): number {
  for (let index = open + 1; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === '"') return index + 1;
  }
  return text.length;
}

/** The addresses in internal form; what is no address is left out. */
export function parseAddressList(text: string): string[] {
  return addressSpans(text).flatMap(({ start, end }) => {
    const address = toInternal(text.slice(start, end).replace(/\n/g, ' '));
    return address === undefined || address === '' ? [] : [address];
  });
}

/** The text with each address put through `change` (internal form in and out). */
export function rewriteAddressList(text: string, change: (address: string) => string): string {
  let result = '';
  let position = 0;
  for (const { start, end } of addressSpans(text)) {
    const old = text.slice(start, end);
    const address = toInternal(old.replace(/\n/g, ' '));
    if (address === undefined || address === '') continue;
    const changed = change(address);
    if (changed === address) continue;
    result += text.slice(position, start) + quoteAddress(changed);
    position = end;
  }
  return result + text.slice(position);
}
