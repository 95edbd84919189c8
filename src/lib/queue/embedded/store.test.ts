import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  addMessage,
  contentOf,
  queueStoreConformance,
} from '../../../testing/queue-store-conformance.js';
import { wireSize } from '../../util/line-ends.js';
import { temporaryFolder } from '../../../testing/temporary-folder.js';
import { openStore } from '../stores.js';

const folder = temporaryFolder();

queueStoreConformance('embedded', () => {
  const directory = mkdtempSync(path.join(folder, 'queue-'));
  return { open: () => openStore({ directory }) };
});

function spoolFiles(directory: string): string[] {
  return readdirSync(path.join(directory, 'spool'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

test('large content lies in a file that goes with its message, or with the abort', async () => {
  const directory = await mkdtemp(path.join(folder, 'spool-'));
  const store = await openStore({ directory });
  const large = Buffer.alloc(300_000, 'x\n');
  const [deleted, settled] = [
    await addMessage(store, { content: large }),
    await addMessage(store, { content: large }),
  ];
  const aborted = store.begin();
  await aborted.write(large);
  assert.equal(spoolFiles(directory).length, 3);
  await aborted.abort();
  assert.deepEqual(spoolFiles(directory).sort(), [deleted, settled].sort());
  await store.delete(deleted);
  const [claim] = await store.claim('incoming', Date.now(), 10);
  assert.ok(claim);
  await store.settle(claim, { recipients: new Map(), then: { is: 'remove' } });
  assert.deepEqual(spoolFiles(directory), []);
  await store.close();
});

test('a store opened to look at sees what another writes, and makes nothing', async () => {
  const directory = await mkdtemp(path.join(folder, 'look-'));
  await assert.rejects(openStore({ directory, readOnly: true }));
  assert.deepEqual(readdirSync(directory), []);
  const store = await openStore({ directory });
  const id = await addMessage(store);
  const reader = await openStore({ directory, readOnly: true });
  assert.deepEqual(
    [...reader.list()].map(({ queueId }) => queueId),
    [id],
  );
  await reader.close();
  await store.close();
});

interface Acknowledged {
  readonly id: string;
  readonly content: Buffer;
}

/** Loads a queue in a process of its own until it is killed; what that process had acknowledged. */
async function loadAndKill(directory: string, afterMs: number): Promise<Acknowledged[]> {
  const script = fileURLToPath(new URL('../../../testing/queue-load.js', import.meta.url));
  const child = spawn(process.execPath, [script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), afterMs);
    output += text;
  });
  await once(child, 'close');
  assert.equal(child.signalCode, 'SIGKILL');
  const lines = output.slice(0, output.lastIndexOf('\n')).split('\n');
  return lines.map((line) => {
    const [id = '', size = '', writer = '', count = ''] = line.split(' ');
    return { id, content: Buffer.alloc(Number(size), `${writer} ${count}\n`) };
  });
}

test('a process killed in mid-load loses no message that it had acknowledged', async () => {
  const directory = await mkdtemp(path.join(folder, 'kill-'));
  const acknowledged: Acknowledged[] = [];
  const store = await openStore({ directory });
  for (const afterMs of [50, 150, 300]) {
    acknowledged.push(...(await loadAndKill(directory, afterMs)));
    // The store that was open all the time sees it, and can write.
    await addMessage(store);
  }
  await store.close();
  const reopened = await openStore({ directory });
  assert.ok(acknowledged.length >= 30, `only ${acknowledged.length} messages`);
  assert.equal(new Set(acknowledged.map(({ id }) => id)).size, acknowledged.length);
  for (const { id, content } of acknowledged) {
    const info = reopened.info(id);
    assert.equal(info?.size, wireSize(content), id);
    assert.ok(content.equals(await contentOf(reopened, id)), `${id}: other content`);
    assert.equal(reopened.recipients(id, 0, 1000).length, info.recipientCount);
  }
  // What was committed but not acknowledged any more is whole, too.
  for (const { queueId, size } of reopened.list())
    assert.equal(wireSize(await contentOf(reopened, queueId)), size, queueId);
  await reopened.close();
});
