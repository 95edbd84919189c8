import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fakeClock } from '../../testing/fake-clock.js';
import { memoryLog } from '../../testing/memory-log.js';
import { createHandedSource } from './file/handed.js';
import { HiddenTables } from './hidden-tables.js';
import { createDictOpener } from './open.js';

test('a table that a worker may not read is handed over, and again when it has changed', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'hikyaku-test-'));
  try {
    const file = path.join(directory, 'passwords');
    writeFileSync(file, 'relay.example user:secret\n');
    const clock = fakeClock();
    const log = memoryLog();
    const source = createHandedSource();
    let monotonic = 0;
    const opener = createDictOpener({ log, monotonic: () => monotonic, handed: source });
    const tables = new HiddenTables({
      log,
      clock,
      asWorker: () => false as never,
      onChange: (files) => source.update(files),
    });
    tables.use([file, path.join(directory, 'missing')]);
    source.update(tables.files);
    writeFileSync(file, 'relay.example user:other one\n'); // what the worker sees is what was handed over
    const table = opener.open(`texthash:${file}`);
    assert.deepEqual(table.lookup('relay.example'), { is: 'found', value: 'user:secret' });
    await clock.advance(1000);
    monotonic += 1000;
    assert.deepEqual(table.lookup('relay.example'), { is: 'found', value: 'user:other one' });
    assert.deepEqual(Object.keys(tables.files), [file]);
    tables.stop();
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('what the worker can read by itself, and what is no regular file, is not handed over', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'hikyaku-test-'));
  try {
    const file = path.join(directory, 'open');
    writeFileSync(file, 'a b\n');
    const link = path.join(directory, 'device');
    symlinkSync('/dev/zero', link);
    const log = memoryLog();
    const parts = { log, clock: fakeClock(), onChange: () => undefined };
    const open = new HiddenTables({ ...parts, asWorker: (work) => work() });
    open.use([file]);
    assert.deepEqual(open.files, {});
    const closed = new HiddenTables({ ...parts, asWorker: () => false as never });
    closed.use([link, directory]);
    assert.deepEqual(closed.files, {});
  } finally {
    rmSync(directory, { recursive: true });
  }
});
