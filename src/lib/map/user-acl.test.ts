import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryLog } from '../../testing/memory-log.js';
import { createDictOpener } from '../dict/open.js';
import { createUserAcl } from './user-acl.js';

function acl(list: string) {
  const log = memoryLog();
  const dicts = createDictOpener({ log });
  return createUserAcl({
    parameter: 'authorized_mailq_users',
    list,
    mailOwner: 'nobody',
    dicts,
    log,
  });
}

const nameless = 2 ** 31 - 7;

test('root and mail_owner may without being named; others must be', async () => {
  assert.equal(await acl('').allows(0), true);
  assert.equal(await acl('daemon').allows(1), true);
  assert.equal(await acl('!daemon, static:all').allows(1), false);
  assert.equal(await acl('').allows(1), process.getuid?.() === 1);
});

test('who has no name, or is not known at all, is called unknown', async () => {
  assert.equal(await acl('unknown').allows(nameless), true);
  assert.equal(await acl('unknown').allows(undefined), true);
  assert.equal(await acl('!unknown, static:all').allows(undefined), false);
});

test('static: stands for everyone; a table in trouble for no one', async () => {
  assert.equal(await acl('static:anyone').allows(undefined), true);
  assert.equal(await acl('hash:/nonexistent/table').allows(1), false);
});
