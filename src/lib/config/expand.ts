/**
 * config/expand - `$name` in the text of a parameter; pure.
 *
 * `$name` `${name}` `$(name)`; `${name?text}` and `${name?{text}:{text}}` by whether the value is empty,
 * `${name:text}` the other way; `${{a} == {b} ? {c} : {d}}` with == != < <= >= > (numbers when both are, else text) and
 * `<level` for compatibility levels; `$$` is a dollar sign. Bounded in depth and in size. Standard: postconf(5).
 */

/** @returns unexpanded text of a name; undefined: unknown, which expands to nothing */
export type Lookup = (name: string) => string | undefined;

export class ExpandError extends Error {}

const maxDepth = 100;
const maxLength = 1_000_000;

/** @throws {ExpandError} recursion, unbalanced braces, bad expression */
export function expand(text: string, lookup: Lookup, depth = 0): string {
  if (depth > maxDepth)
    throw new ExpandError('unreasonable macro call nesting: does a parameter name itself?');
  if (!text.includes('$')) return text;
  let result = '';
  let index = 0;
  while (index < text.length) {
    const dollar = text.indexOf('$', index);
    if (dollar < 0) return result + text.slice(index);
    result += text.slice(index, dollar);
    const next = text[dollar + 1] ?? '';
    if (next === '$') {
      result += '$';
      index = dollar + 2;
    } else if (next === '{' || next === '(') {
      const end = closing(text, dollar + 1);
      result += macro(text.slice(dollar + 2, end), lookup, depth);
      index = end + 1;
    } else {
      const name = /^[A-Za-z0-9_]+/.exec(text.slice(dollar + 1))?.[0];
      if (name === undefined) {
        result += '$';
        index = dollar + 1;
      } else {
        result += value(name, lookup, depth);
        index = dollar + 1 + name.length;
      }
    }
    if (result.length > maxLength) throw new ExpandError('the expanded value is unreasonably long');
  }
  return result;
}

/** Index of the bracket that closes the one at `open`. */
function closing(text: string, open: number): number {
  const opener = text[open] ?? '';
  const closer = opener === '{' ? '}' : ')';
  let depth = 0;
  for (let index = open; index < text.length; index += 1) {
    if (text[index] === opener) depth += 1;
    else if (text[index] === closer && (depth -= 1) === 0) return index;
  }
  throw new ExpandError(`unbalanced ${opener}: "${text.slice(open, open + 40)}"`);
}

function value(name: string, lookup: Lookup, depth: number): string {
  return expand(lookup(name) ?? '', lookup, depth + 1);
}

/** The inside of `${...}`. */
function macro(inside: string, lookup: Lookup, depth: number): string {
  const text = inside.trim();
  if (text.startsWith('{')) return comparison(text, lookup, depth);
  const match = /^([A-Za-z0-9_.-]+)\s*([?:])?/.exec(text);
  if (!match) throw new ExpandError(`bad macro: "\${${inside}}"`);
  const name = match[1] ?? '';
  if (match[2] === undefined) {
    if (match[0].length !== text.length) throw new ExpandError(`bad macro: "\${${inside}}"`);
    return value(name, lookup, depth);
  }
  const isSet = value(name, lookup, depth) !== '';
  const { yes, no } = branches(text.slice(match[0].length));
  const chosen = match[2] === '?' ? (isSet ? yes : no) : isSet ? '' : yes;
  return expand(chosen, lookup, depth + 1);
}

/** `{yes}:{no}`, or a bare text up to the end. */
function branches(text: string): { yes: string; no: string } {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) return { yes: text, no: '' };
  const end = closing(trimmed, 0);
  const yes = trimmed.slice(1, end).trim();
  const rest = trimmed.slice(end + 1).trim();
  if (rest === '') return { yes, no: '' };
  if (!rest.startsWith(':')) throw new ExpandError(`expected ":" after "{${yes}}"`);
  const other = rest.slice(1).trim();
  if (!other.startsWith('{')) return { yes, no: other };
  return { yes, no: other.slice(1, closing(other, 0)).trim() };
}

const operators = /^(==|!=|<=level|>=level|<level|>level|==level|!=level|<=|>=|<|>)/;

function comparison(text: string, lookup: Lookup, depth: number): string {
  const leftEnd = closing(text, 0);
  const left = expand(text.slice(1, leftEnd).trim(), lookup, depth + 1);
  const rest = text.slice(leftEnd + 1).trim();
  const operator = operators.exec(rest)?.[1];
  if (operator === undefined) throw new ExpandError(`bad operator: "${rest.slice(0, 20)}"`);
  const suffix = rest.startsWith(`${operator}level`) ? 'level' : '';
  const right = rest.slice(operator.length + suffix.length).trim();
  if (!right.startsWith('{')) throw new ExpandError(`expected "{value}" after ${operator}`);
  const rightEnd = closing(right, 0);
  const rightValue = expand(right.slice(1, rightEnd).trim(), lookup, depth + 1);
  const after = right.slice(rightEnd + 1).trim();
  const plain = (operator + suffix).replace('level', '');
  const order =
    operator.endsWith('level') || suffix !== ''
      ? compareLevels(left, rightValue)
      : compare(left, rightValue);
  const holds = judge(plain, order);
  if (after === '') return holds ? 'bool:true' : '';
  if (!after.startsWith('?') && !after.startsWith(':'))
    throw new ExpandError(`expected "?" after the comparison`);
  const { yes, no } = branches(after.slice(1));
  const chosen = after.startsWith('?') ? (holds ? yes : no) : holds ? '' : yes;
  return expand(chosen, lookup, depth + 1);
}

function judge(operator: string, order: number): boolean {
  switch (operator) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

function compare(left: string, right: string): number {
  if (/^\d+$/.test(left) && /^\d+$/.test(right)) return Number(left) - Number(right);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `3.6` against `3.10`: major, minor, patch as numbers. */
function compareLevels(left: string, right: string): number {
  const parts = (text: string): number[] => text.split('.').map(Number);
  const [a, b] = [parts(left), parts(right)];
  for (let index = 0; index < 3; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
