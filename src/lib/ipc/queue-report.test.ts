import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { probeReport, readReport, type ReportSource, serveReports } from './queue-report.js';

const folder = temporaryFolder();
let number = 0;

async function serve(t: TestContext, source: Partial<ReportSource>): Promise<string> {
  const socket = path.join(folder, `s${(number += 1)}`);
  const server = await serveReports(socket, {
    allows: () => Promise.resolve(true),
    lines: () => [],
    ...source,
  });
  t.after(() => server.close());
  return socket;
}

async function readAll(socket: string): Promise<{ is: string; text: string }> {
  const parts: Buffer[] = [];
  const { is } = await readReport(socket, 'text', (bytes) => {
    parts.push(bytes);
    return Promise.resolve();
  });
  return { is, text: Buffer.concat(parts).toString() };
}

test('a report comes as it is, also one of many parts and of letters of several bytes', async (t) => {
  const lines = Array.from({ length: 5000 }, (_, index) => `行 ${index} ${'x'.repeat(index % 90)}`);
  const socket = await serve(t, { lines: () => lines });
  assert.deepEqual(await readAll(socket), { is: 'done', text: `${lines.join('\n')}\n` });
});

test('who is not allowed gets not a line', async (t) => {
  const socket = await serve(t, { allows: () => Promise.resolve(false), lines: () => ['secret'] });
  assert.deepEqual(await readAll(socket), { is: 'denied', text: '' });
});

test('a report that breaks off is not taken for a whole one', async (t) => {
  const socket = await serve(t, {
    *lines() {
      yield 'first';
      throw new Error('the store is in trouble');
    },
  });
  assert.equal((await readAll(socket)).is, 'broken');
});

test('without a server it is down, and one says why', async () => {
  const missing = path.join(folder, 'missing');
  assert.equal((await readAll(missing)).is, 'down');
  assert.equal((await probeReport(missing))?.code, 'ENOENT');
});

test('a reader that does not read stops the listing, not the server', async (t) => {
  let taken = 0;
  const socket = await serve(t, {
    *lines() {
      for (; ; taken += 1) yield 'x'.repeat(1000);
    },
  });
  const reader = net.connect(socket);
  reader.pause();
  reader.write('text\n');
  await sleep(200);
  const atRest = taken;
  await sleep(100);
  assert.equal(taken, atRest);
  assert.ok(taken < 20_000, String(taken));
  reader.destroy();
});

test('nonsense is hung up upon', async (t) => {
  const socket = await serve(t, {});
  const reader = net.connect(socket);
  reader.write('GET / HTTP/1.0\n');
  reader.resume();
  await new Promise((resolve) => reader.on('close', resolve));
});
