import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trimEnd, trimStart } from './trim.js';

test('only the given characters go, and only at the ends', () => {
  assert.equal(trimEnd(' \t a b\r \t', ' \t\r'), ' \t a b');
  assert.equal(trimStart(' \t a b\r', ' \t'), 'a b\r');
  // U+00A0 is the last byte of some UTF-8 characters.
  assert.equal(trimEnd('a\u00a0', ' '), 'a\u00a0');
  assert.equal(trimEnd('   ', ' '), '');
  assert.equal(trimStart('', ' '), '');
});
