import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import test from 'node:test';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { Scratch } from './scratch.js';

const folder = temporaryFolder();

async function textOf(scratch: Scratch): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of scratch.read()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

test('what was written is read, as often as one likes, and no name of it is left', async () => {
  for (const count of [0, 3, 20_000]) {
    const scratch = new Scratch(folder);
    for (let index = 0; index < count; index += 1) await scratch.write(Buffer.from(`${index}\n`));
    const expected = Array.from({ length: count }, (_, index) => `${index}\n`).join('');
    assert.equal(scratch.size, expected.length);
    assert.equal(await textOf(scratch), expected);
    assert.equal(await textOf(scratch), expected);
    assert.deepEqual(readdirSync(folder), []);
    await scratch.close();
    await scratch.close();
  }
});

test('a folder that is not there is an error at the write, and again when it is read', async () => {
  const scratch = new Scratch('/nowhere/at/all');
  await assert.rejects(async () => scratch.write(Buffer.alloc(200_000)), { code: 'ENOENT' });
  await assert.rejects(textOf(scratch), { code: 'ENOENT' });
  await scratch.close();
});
