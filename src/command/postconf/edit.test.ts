import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Change, editEntries, editMainCf } from './edit.js';

const main = '# head\na = 1\n  2\n# between\nb = 3\na = 4\n';

function edit(text: string, name: string, change: Change): { text: string; twice: string[] } {
  const twice: string[] = [];
  return { text: editMainCf(text, [{ name, change }], (each) => twice.push(each)), twice };
}

test('an edit replaces every entry of the name with its continuation lines, and keeps comments', () => {
  assert.deepEqual(edit(main, 'a', { is: 'replace', text: 'a = x' }), {
    text: '# head\na = x\n# between\nb = 3\na = x\n',
    twice: ['a'],
  });
});

test('a new name goes to the end', () => {
  assert.equal(edit('b = 3\n', 'a', { is: 'replace', text: 'a = x' }).text, 'b = 3\na = x\n');
  assert.equal(edit('', 'a', { is: 'replace', text: 'a = x' }).text, 'a = x\n');
});

test('a name is removed with its continuation lines', () => {
  assert.equal(edit(main, 'a', { is: 'remove' }).text, '# head\n# between\nb = 3\n');
});

test('a name is commented out with its continuation lines', () => {
  assert.equal(edit('a = 1\n  2\nb = 3\n', 'a', { is: 'comment' }).text, '#a = 1\n#  2\nb = 3\n');
});

test('a name that is not there is not removed', () => {
  assert.equal(edit(main, 'c', { is: 'remove' }).text, main);
});

test('a decision sees an entry as one line, without the comments within', () => {
  const seen: string[] = [];
  const text = 'smtp inet n - n - - smtpd\n# why\n  -o a=b\nqmgr unix n - n 300 1 qmgr\n';
  const result = editEntries(
    text,
    (entry) => {
      seen.push(entry);
      return { is: 'keep' };
    },
    () => [],
  );
  assert.equal(result, text);
  assert.deepEqual(seen, ['smtp inet n - n - - smtpd -o a=b', 'qmgr unix n - n 300 1 qmgr']);
});
