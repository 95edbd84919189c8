import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editMainCf, editMasterCf } from './edit.js';

const main = '# head\na = 1\n  2\n# between\nb = 3\na = 4\n';

test('an edit replaces the first entry, drops the others, and keeps comments', () => {
  assert.equal(
    editMainCf(main, [{ name: 'a', value: 'x', comment: false }]),
    '# head\na = x\n# between\nb = 3\n',
  );
});

test('a new name goes to the end', () => {
  assert.equal(
    editMainCf('b = 3\n', [{ name: 'a', value: 'x', comment: false }]),
    'b = 3\na = x\n',
  );
});

test('a name is removed with its continuation lines', () => {
  assert.equal(
    editMainCf(main, [{ name: 'a', value: undefined, comment: false }]),
    '# head\n# between\nb = 3\n',
  );
});

test('a name is commented out with its continuation lines', () => {
  assert.equal(
    editMainCf('a = 1\n  2\nb = 3\n', [{ name: 'a', value: undefined, comment: true }]),
    '#a = 1\n#  2\nb = 3\n',
  );
});

test('a service is replaced with its options', () => {
  const text = 'smtp inet n - n - - smtpd\n  -o a=b\nqmgr unix n - n 300 1 qmgr\n';
  const line = 'smtp inet n - n - - smtpd -o c=d';
  assert.equal(
    editMasterCf(text, [{ service: 'smtp/inet', line, comment: false }]),
    `${line}\nqmgr unix n - n 300 1 qmgr\n`,
  );
});
