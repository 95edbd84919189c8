/**
 * config/compare - `{a} == {b}` in the text of a parameter, and the order of compatibility levels; pure.
 *
 * `==` `!=` `<` `<=` `>=` `>` compare numbers when both sides are numbers, else text; with `level` behind them they
 * compare versions of Postfix: `3.6` comes before `3.10`. Standard: postconf(5).
 */
import { ExpandError } from './expand-error.js';

const operators = /(==|!=|<=|>=|<|>)(level)?/y;

/** The operator that stands at `index`. */
export function operatorAt(text: string, index: number): string | undefined {
  operators.lastIndex = index;
  return operators.exec(text)?.[0];
}

/** @throws {ExpandError} a level that is none */
export function compare(left: string, operator: string, right: string): boolean {
  const isLevel = operator.endsWith('level');
  const order = isLevel ? orderOfLevels(left, right) : orderOfValues(left, right);
  switch (isLevel ? operator.slice(0, -'level'.length) : operator) {
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

function orderOfValues(left: string, right: string): number {
  const number = /^[+-]?\d+$/;
  if (number.test(left) && number.test(right)) return Number(left) - Number(right);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Negative, zero or positive. @throws {ExpandError} a level that is none */
export function orderOfLevels(left: string, right: string): number {
  const a = parseLevel(left);
  const b = parseLevel(right);
  for (let index = 0; index < 3; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `3`, `3.6` or `3.6.1`; what a snapshot's name has behind it does not count. */
function parseLevel(text: string): number[] {
  const match = /^(\d{1,9})(?:\.(\d{1,9})(?:\.(\d{1,9}))?)?(?:-[-\w]*)?$/.exec(text.trim());
  if (!match) throw new ExpandError(`malformed compatibility level syntax: "${text}"`);
  return match.slice(1).map((part: string | undefined) => Number(part ?? 0));
}
