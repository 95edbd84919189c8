import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { lookupUid, lookupUser, parsePasswd } from './user.js';

test('accounts are found by name and by number, as the file has them', () => {
  for (const account of parsePasswd(readFileSync('/etc/passwd', 'utf8')).slice(0, 10)) {
    assert.deepEqual(lookupUser(account.name), account);
    assert.equal(lookupUid(account.uid)?.uid, account.uid);
  }
});

test('names that are none are no account', () => {
  for (const name of ['', 'no such user', 'a\0b', 'root:x', 'x'.repeat(10_000), '../root'])
    assert.equal(lookupUser(name), undefined);
  assert.equal(lookupUid(3_999_999_999), undefined);
});

test('lines of passwd(5) that are none are left out', () => {
  assert.deepEqual(
    parsePasswd('a:x:1:2:A B,room:/h:/s\n\n+::::::\nbad:x:y:z:::\n').map(({ name, fullName }) => [
      name,
      fullName,
    ]),
    [['a', 'A B']],
  );
});
