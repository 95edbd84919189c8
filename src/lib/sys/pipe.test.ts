import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { openSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { closePipe, createPipe, endOfPipe, keepDescriptorsToOurselves } from './pipe.js';

test('what goes in comes out', async () => {
  const pipe = createPipe();
  assert.ok(pipe);
  writeSync(pipe.write, 'text');
  const reader = endOfPipe(pipe.read, 'read');
  const writer = endOfPipe(pipe.write, 'write');
  writer.end(' more');
  let text = '';
  for await (const chunk of reader) text += String(chunk);
  assert.equal(text, 'text more');
});

test('a pipe that is not used is closed', () => {
  const pipe = createPipe();
  closePipe(pipe);
  assert.equal(createPipe()?.read, pipe?.read);
});

test('programs get no descriptor of ours', () => {
  openSync('/dev/null', 'r');
  keepDescriptorsToOurselves();
  const { stdout } = spawnSync('/bin/sh', ['-c', 'ls /proc/$$/fd; true'], { encoding: 'utf8' });
  assert.deepEqual(
    stdout
      .trim()
      .split('\n')
      .filter((name) => name.trim() !== '' && Number(name) > 2 && Number(name) < 10),
    [],
  );
});
