import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineLimiter } from './line-limit.js';

function limited(text: string, limit: number, cuts: readonly number[] = []): string {
  const limiter = new LineLimiter(limit);
  let start = 0;
  let out = '';
  for (const end of [...cuts, text.length]) {
    out += limiter.apply(text.slice(start, end));
    start = end;
  }
  return out;
}

test('a line of exactly the limit stays whole', () => {
  assert.equal(limited('12345\n', 5), '12345\n');
});

test('a longer line goes on behind a line end and a blank, which counts', () => {
  assert.equal(limited('123456789a\nx\n', 5), '12345\n 6789\n a\nx\n');
});

test('zero is no limit', () => {
  assert.equal(limited('x'.repeat(5000), 0), 'x'.repeat(5000));
});

test('only a line that was broken is told of', () => {
  const limiter = new LineLimiter(5);
  limiter.apply('12345\n123');
  assert.equal(limiter.brokeLine, false);
  limiter.apply('456');
  assert.equal(limiter.brokeLine, true);
});

test('no line is longer than the limit, nothing is lost, and splits do not matter', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'bcd', '\n', 'efghijkl', '\n\n')),
      fc.array(fc.nat(80)),
      fc.integer({ min: 2, max: 9 }),
      (parts, cuts, limit) => {
        const text = parts.join('');
        const whole = limited(text, limit);
        assert.ok(whole.split('\n').every((line) => line.length <= limit));
        assert.equal(whole.replaceAll('\n ', ''), text);
        const sorted = cuts.filter((cut) => cut < text.length).sort((a, b) => a - b);
        assert.equal(limited(text, limit, sorted), whole);
      },
    ),
  );
});

test('a limit that leaves no room for a blank and a character comes to an end all the same', () => {
  assert.equal(new LineLimiter(1).apply('abcd\n'), 'ab\n c\n d\n');
});
