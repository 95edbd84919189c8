import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../../testing/mailbox.js';
import { recordUnlock, tryLock, tryRecordLock, unlock } from './lock.js';

const kinds = [
  ['flock', tryLock, unlock],
  ['fcntl', tryRecordLock, recordUnlock],
] as const;

for (const [name, lock, release] of kinds) {
  test(`${name}: two descriptors of one file exclude each other, also in one process`, (t) => {
    const file = `${temporaryDirectory(t)}/f`;
    writeFileSync(file, '');
    const [a, b] = [openSync(file, 'r+'), openSync(file, 'r+')];
    t.after(() => closeSync(b));
    assert.equal(lock(a), true);
    assert.equal(lock(b), false);
    release(a);
    assert.equal(lock(b), true);
    release(b);
    assert.equal(lock(a), true);
    closeSync(a);
    assert.equal(lock(b), true);
  });
}

test('fcntl: another program that asks in the old way sees our lock', async (t) => {
  const file = `${temporaryDirectory(t)}/f`;
  writeFileSync(file, '');
  const descriptor = openSync(file, 'r+');
  t.after(() => closeSync(descriptor));
  assert.equal(tryRecordLock(descriptor), true);
  // F_SETLK with F_WRLCK, as Postfix, mutt and Dovecot do it.
  const program = `
    const koffi = require('koffi');
    const fcntl = koffi.load('libc.so.6').func('int fcntl(int, int, void *)');
    const lock = Buffer.alloc(32);
    lock.writeInt16LE(1, 0);
    process.exit(fcntl(require('fs').openSync(process.argv[1], 'r+'), 6, lock) === 0 ? 1 : 0);`;
  const child = spawn(process.execPath, ['-e', program, file], {
    stdio: 'inherit',
    cwd: path.dirname(fileURLToPath(import.meta.url)),
  });
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
