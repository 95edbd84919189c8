import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookupGroup } from './group.js';

test('a group has its number, and one that is not there has none', () => {
  assert.equal(lookupGroup('root'), 0);
  assert.equal(lookupGroup('no-such-group-here'), undefined);
  assert.equal(lookupGroup(''), undefined);
  assert.equal(lookupGroup('root\0x'), undefined);
});
