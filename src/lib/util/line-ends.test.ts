import assert from 'node:assert/strict';
import test from 'node:test';
import { countLineEnds, wireSize } from './line-ends.js';

test('a line end counts two bytes on the wire', () => {
  assert.equal(countLineEnds('a\n\nb'), 2);
  assert.equal(wireSize(Buffer.from('a\n\nb')), 6);
  assert.equal(wireSize(Buffer.alloc(0)), 0);
});
