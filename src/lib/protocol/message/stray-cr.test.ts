import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { StrayCr } from './stray-cr.js';

function replace(content: string, size: number): string {
  const stray = new StrayCr();
  let result = '';
  for (let start = 0; start < content.length; start += size)
    result += Buffer.from(
      stray.replace(Buffer.from(content.slice(start, start + size), 'latin1')),
    ).toString('latin1');
  return result + Buffer.from(stray.end()).toString('latin1');
}

test('carriage returns before LF go, others become blanks', () => {
  assert.equal(replace('a\r\nb\rc\r\r\n\r', 100), 'a\nb c\n ');
});

test('no carriage return is left, however the content is cut', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a\r\n]{0,30}$/),
      fc.integer({ min: 1, max: 8 }),
      (text, size) => {
        const expected = text.replace(/\r+\n/g, '\n').replace(/\r/g, ' ');
        assert.equal(replace(text, size), expected);
      },
    ),
  );
});

test('a chunk without carriage returns is not copied', () => {
  const chunk = Buffer.from('plain\n');
  assert.equal(new StrayCr().replace(chunk), chunk);
});
