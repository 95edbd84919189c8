/** dict/text/replacement - `$1`, `${1}`, `$(1)` in the result of a pattern rule; `$$` is a dollar sign. */
import { RuleProblem } from './rules.js';

/** Literal text and numbers of groups in turn. */
export type Replacement = readonly (string | number)[];

/** @throws {RuleProblem} */
export function parseReplacement(
  text: string,
  groups: number,
  isNegated: boolean,
  warn: (text: string) => void,
  outOfRangeText: string,
): Replacement {
  const parts: (string | number)[] = [];
  let literal = '';
  const pattern = /\$(?:(\$)|\{([^}]*)\}|\(([^)]*)\)|([A-Za-z0-9_]+))|[^$]+|\$/gs;
  for (const match of text.matchAll(pattern)) {
    const index = match[2] ?? match[3] ?? match[4];
    if (match[1] !== undefined) literal += '$';
    else if (index === undefined) literal += match[0];
    else {
      if (isNegated)
        throw new RuleProblem(
          '$number found in negative match replacement text: skipping this rule',
        );
      if (!/^\d+$/.test(index)) {
        warn(`non-numeric replacement index "${index}"`);
        throw new RuleProblem('bad replacement syntax: skipping this rule');
      }
      if (Number(index) < 1) {
        warn(`${outOfRangeText} replacement index "${index}"`);
        throw new RuleProblem('bad replacement syntax: skipping this rule');
      }
      if (Number(index) > groups)
        throw new RuleProblem(`out of range replacement index "${index}": skipping this rule`);
      if (literal !== '') parts.push(literal);
      literal = '';
      parts.push(Number(index));
    }
  }
  if (literal !== '') parts.push(literal);
  return parts;
}

/** @param groups text of the match, then of its groups */
export function replace(replacement: Replacement, groups: readonly string[]): string {
  let text = '';
  for (const part of replacement) text += typeof part === 'string' ? part : (groups[part] ?? '');
  return text;
}
