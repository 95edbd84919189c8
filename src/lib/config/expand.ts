/**
 * config/expand - `$name` in the text of a parameter; pure.
 *
 * `$name` `${name}` `$(name)`; `${name?text}` and `${name?{text}:{text}}` by whether the value is empty,
 * `${name:text}` the other way; `${{a} == {b} ? {c} : {d}}`, see compare.ts; `${domain_to_ascii{name}}`; `$$` is a
 * dollar sign. Text in braces keeps its blanks. Bounded in depth and in size. Standard: postconf(5). The error texts are
 * those that Postfix logs.
 */
import { domainToASCII } from 'node:url';
import { compare, operatorAt } from './compare.js';
import { ExpandError } from './expand-error.js';

export { ExpandError } from './expand-error.js';

/** @returns unexpanded text of a name; undefined: unknown, which expands to nothing */
export type Lookup = (name: string) => string | undefined;

const maxDepth = 100;
const maxLength = 1_000_000;
const maxLookups = 10_000; // `a = $b$b`, `b = $c$c` and so on: twice as many a step

/** @throws {ExpandError} recursion, unbalanced braces, bad expression */
export function expand(text: string, lookup: Lookup): string {
  let left = maxLookups;
  const bounded: Lookup = (name) => {
    left -= 1;
    if (left < 0) throw new ExpandError(`unreasonable number of macro calls: "${shown(text, 0)}"`);
    return lookup(name);
  };
  return text.includes('$') ? expandAt(text, bounded, 0) : text;
}

function expandAt(text: string, lookup: Lookup, depth: number): string {
  if (!text.includes('$')) return text;
  let result = '';
  let index = 0;
  while (index < text.length) {
    const dollar = text.indexOf('$', index);
    if (dollar < 0) {
      result += text.slice(index);
      break;
    }
    result += text.slice(index, dollar);
    const next = text[dollar + 1] ?? '';
    if (next === '$') {
      result += '$';
      index = dollar + 2;
    } else if (next === '{' || next === '(') {
      const end = closing(text, dollar + 1);
      if (end === undefined)
        throw new ExpandError(`truncated macro reference: "${shown(text, dollar)}"`);
      result += macro(text.slice(dollar + 2, end), lookup, depth);
      index = end + 1;
    } else {
      const name = nameAt(text, dollar + 1);
      if (name === '')
        throw new ExpandError(`empty macro name: "${shown(text, 0)}"; write $$ for a dollar sign`);
      result += value(name, lookup, depth);
      index = dollar + 1 + name.length;
    }
    if (result.length > maxLength) throw new ExpandError('the expanded value is unreasonably long');
  }
  return result;
}

function shown(text: string, from: number): string {
  return text.length - from > 200 ? `${text.slice(from, from + 200)}…` : text.slice(from);
}

/** Index of the bracket that closes the one at `open`. */
function closing(text: string, open: number): number | undefined {
  const opener = text[open] ?? '';
  const closer = opener === '{' ? '}' : ')';
  let depth = 0;
  for (let index = open; index < text.length; index += 1) {
    if (text[index] === opener) depth += 1;
    else if (text[index] === closer && (depth -= 1) === 0) return index;
  }
  return undefined;
}

const namePattern = /[A-Za-z0-9_]*/y;

function nameAt(text: string, index: number): string {
  namePattern.lastIndex = index;
  return namePattern.exec(text)?.[0] ?? '';
}

function skipSpace(text: string, index: number): number {
  let at = index;
  while (at < text.length && /\s/.test(text[at] ?? '')) at += 1;
  return at;
}

function value(name: string, lookup: Lookup, depth: number): string {
  if (depth >= maxDepth) throw new ExpandError(`unreasonable macro call nesting: "${name}"`);
  return expandAt(lookup(name) ?? '', lookup, depth + 1);
}

function inside(text: string, lookup: Lookup, depth: number): string {
  if (depth >= maxDepth)
    throw new ExpandError(`unreasonable macro call nesting: "${shown(text, 0)}"`);
  return expandAt(text, lookup, depth + 1);
}

/** `...foo>>>-bar`: where it went wrong. */
function unexpected(what: string, text: string, index: number): ExpandError {
  const before = text.slice(Math.max(0, index - 20), index);
  return new ExpandError(`${what} at: "...${before}>>>${shown(text, index)}"`);
}

/** The inside of `${...}`. */
function macro(text: string, lookup: Lookup, depth: number): string {
  const start = skipSpace(text, 0);
  if (text[start] === '{') return comparison(text, start, lookup, depth);
  const name = nameAt(text, start);
  if (name === '') throw new ExpandError(`empty macro name: "\${${shown(text, 0)}}"`);
  let index = start + name.length;
  if (text[index] === '{' && name === 'domain_to_ascii') return toAscii(text, index, lookup, depth);
  index = skipSpace(text, index);
  if (index === text.length) return value(name, lookup, depth);
  if (text[index] !== '?' && text[index] !== ':')
    throw unexpected('attribute name syntax error', text, start + name.length);
  return choose(text, index, value(name, lookup, depth) !== '', lookup, depth);
}

/** From `?` or `:` on: the text that applies, expanded. */
function choose(text: string, at: number, holds: boolean, lookup: Lookup, depth: number): string {
  const isQuestion = text[at] === '?';
  const { yes, no } = branches(text, at);
  if (isQuestion) return inside(holds ? yes : no, lookup, depth);
  return holds ? '' : inside(yes, lookup, depth);
}

/** `{yes}:{no}`, or bare text up to the end. */
function branches(text: string, at: number): { yes: string; no: string } {
  const start = skipSpace(text, at + 1);
  if (text[start] !== '{') return { yes: text.slice(at + 1), no: '' };
  const end = closing(text, start);
  if (end === undefined) throw unexpected('unbalanced {}', text, start);
  const yes = text.slice(start + 1, end);
  const after = skipSpace(text, end + 1);
  if (after === text.length) return { yes, no: '' };
  if (text[at] === ':') throw unexpected('unexpected input', text, after);
  if (text[after] !== ':') throw unexpected('":" expected', text, after);
  const other = skipSpace(text, after + 1);
  if (text[other] !== '{') return { yes, no: text.slice(after + 1) };
  const otherEnd = closing(text, other);
  if (otherEnd === undefined) throw unexpected('unbalanced {}', text, other);
  const rest = skipSpace(text, otherEnd + 1);
  if (rest < text.length) throw unexpected('unexpected input', text, rest);
  return { yes, no: text.slice(other + 1, otherEnd) };
}

/** `{a} == {b}`, with or without a choice behind it. */
function comparison(text: string, start: number, lookup: Lookup, depth: number): string {
  const leftEnd = closing(text, start);
  if (leftEnd === undefined) throw unexpected('unbalanced {}', text, start);
  const operatorStart = skipSpace(text, leftEnd + 1);
  const operator = operatorAt(text, operatorStart);
  if (operator === undefined)
    throw unexpected('"==" or "!=" or "<" or "<=" or ">=" or ">" expected', text, operatorStart);
  const rightStart = skipSpace(text, operatorStart + operator.length);
  const rightEnd = text[rightStart] === '{' ? closing(text, rightStart) : undefined;
  if (rightEnd === undefined) throw unexpected('"{expression}" expected', text, rightStart);
  const holds = compare(
    inside(text.slice(start + 1, leftEnd), lookup, depth),
    operator,
    inside(text.slice(rightStart + 1, rightEnd), lookup, depth),
  );
  const after = skipSpace(text, rightEnd + 1);
  if (after === text.length) return holds ? 'true' : '';
  if (text[after] !== '?' && text[after] !== ':')
    throw unexpected('"?" or ":" expected', text, after);
  return choose(text, after, holds, lookup, depth);
}

/** RFC 5891: a domain in the form that DNS takes. */
function toAscii(text: string, open: number, lookup: Lookup, depth: number): string {
  const end = closing(text, open);
  if (end === undefined) throw unexpected('unbalanced {}', text, open);
  const rest = skipSpace(text, end + 1);
  if (rest < text.length) throw unexpected('unexpected input', text, rest);
  const domain = inside(text.slice(open + 1, end), lookup, depth).trim();
  if (/^[\x20-\x7e]*$/.test(domain)) return domain;
  const ascii = domainToASCII(domain);
  if (ascii === '') throw new ExpandError(`domain_to_ascii: no valid domain name: "${domain}"`);
  return ascii;
}
