import assert from 'node:assert/strict';
import { test } from 'node:test';
import { own } from './own.js';

test('what all objects inherit is no entry of a table', () => {
  const table = { a: 1 };
  assert.equal(own(table, 'a'), 1);
  for (const name of ['constructor', 'toString', '__proto__', 'b'])
    assert.equal(own(table, name), undefined, name);
});
