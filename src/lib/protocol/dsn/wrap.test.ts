import assert from 'node:assert/strict';
import test from 'node:test';
import { wrapLine } from './wrap.js';

/** As Debian's Postfix 3.7.11 wraps them: N times x, and what follows. */
test('lines are broken at the same blanks as Postfix breaks them', () => {
  const line = (count: number): string => `<x@w${count}.example>: ${'x'.repeat(count)} b c d`;
  const rows: readonly (readonly [count: number, breakBefore: string])[] = [
    [56, ''],
    [57, 'd'],
    [58, 'd'],
    [59, 'c d'],
    [60, 'c d'],
    [61, 'b c d'],
    [62, 'b c d'],
    [63, `${'x'.repeat(63)} b c d`],
  ];
  for (const [count, tail] of rows) {
    const text = line(count);
    const expected =
      tail === '' ? text : `${text.slice(0, text.length - tail.length - 1)}\n    ${tail}`;
    assert.equal(wrapLine(text), expected);
  }
});

test('a word that is longer than a line has a line of its own', () => {
  const long = 'b'.repeat(90);
  assert.equal(wrapLine(`aaa ${long} ccc`), `aaa\n    ${long}\n    ccc`);
});
