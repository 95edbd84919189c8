import assert from 'node:assert/strict';
import test from 'node:test';
import { splitExtension } from './extension.js';

test('a local part is split at the first of the delimiters', () => {
  const rows: readonly (readonly [local: string, delimiters: string, parts: string])[] = [
    ['user+box', '+', 'user|box'],
    ['user+a+b', '+', 'user|a+b'],
    ['user-a+b', '+-', 'user|a+b'],
    ['user+', '+', 'user|'],
    ['+box', '+', '+box'],
    ['user', '+', 'user'],
    ['user+box', '', 'user+box'],
    ['Postmaster-x', '-', 'Postmaster|x'],
    ['double-bounce', '-', 'double-bounce'],
    ['mailer-daemon', '-', 'mailer-daemon'],
    ['owner-list', '-', 'owner-list'],
    ['list-request', '-', 'list-request'],
    ['owner+list', '+', 'owner|list'],
  ];
  for (const [local, delimiters, parts] of rows) {
    const { user, extension } = splitExtension(local, delimiters);
    assert.equal(extension === undefined ? user : `${user}|${extension}`, parts, local);
  }
});

test('owner- and -request are split where owner_request_special is off', () => {
  assert.equal(splitExtension('owner-list', '-', false).user, 'owner');
  assert.equal(splitExtension('list-request', '-', false).extension, 'request');
});
