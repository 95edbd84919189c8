import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areVerpDelimiters, verpSender } from './verp.js';

const rows = [
  ['owner-list@us.test', '+=', 'bob@them.test', 'owner-list+bob=them.test@us.test'],
  ['list@us.test', '-=', 'bob', 'list-bob@us.test'],
  ['list', '+=', 'bob@them.test', 'list+bob=them.test'],
  ['a@b@us.test', '+=', 'c@d@them.test', 'a@b+c@d=them.test@us.test'],
] as const;
for (const [sender, delimiters, recipient, expected] of rows) {
  test(`${sender} to ${recipient} is sent by ${expected}`, () => {
    assert.equal(verpSender(sender, delimiters, recipient), expected);
  });
}

test('delimiters are two characters of those allowed', () => {
  assert.deepEqual(
    ['+=', '==', '+', '', '+=-', '+x', '+\n'].map((text) => areVerpDelimiters(text, '-=+')),
    [true, true, false, false, false, false, false],
  );
});
