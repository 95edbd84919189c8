import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { needs } from '../../../testing/program.js';
import { addMessage, contentOf, testEnvelope } from '../../../testing/queue-store-conformance.js';
import { temporaryFolder } from '../../../testing/temporary-folder.js';
import { QueueError } from '../store.js';
import { openStore } from '../stores.js';

const folder = temporaryFolder();
const program = fileURLToPath(new URL('../../../testing/store-process.js', import.meta.url));

function newQueue(): string {
  return mkdtempSync(path.join(folder, 'queue-'));
}

interface Other {
  readonly process: ChildProcess;
  readonly lines: string[];
  /** Resolves when it has said `count` lines. */
  said(count: number): Promise<void>;
  kill(): Promise<void>;
}

function start(...args: string[]): Other {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  let wake = (): void => undefined;
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    text += data;
    const complete = text.split('\n');
    text = complete.pop() ?? '';
    lines.push(...complete);
    wake();
  });
  return {
    process: child,
    lines,
    async said(count) {
      while (lines.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
    kill: () =>
      new Promise((resolve) => {
        child.on('close', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

test('what was acknowledged is whole after writers were killed at any moment', async () => {
  const directory = newQueue();
  const acknowledged = new Set<string>();
  for (const [round, size] of [100, 5000, 200_000, 100, 5000, 200_000].entries()) {
    const writers = [start('write', directory, String(size)), start('write', directory, '50')];
    await Promise.all(writers.map((writer) => writer.said(3 + round * 5)));
    await Promise.all(writers.map((writer) => writer.kill()));
    for (const { lines } of writers) for (const line of lines) acknowledged.add(line);
  }
  const store = await openStore({ directory });
  const found = new Set([...store.list()].map(({ queueId }) => queueId));
  assert.deepEqual(
    [...acknowledged].filter((id) => !found.has(id)),
    [],
  );
  for (const { queueId, size } of store.list()) {
    const content = await contentOf(store, queueId);
    assert.ok(content.equals(Buffer.alloc(size, 'whole')), `${queueId} is whole`);
  }
  const claimed = await store.claim('incoming', Date.now(), 100_000);
  assert.equal(claimed.length, found.size);
  await store.close();
});

test('a killed queue manager leaves every message either there or removed by it', async () => {
  const directory = newQueue();
  const store = await openStore({ directory });
  const all = await Promise.all(Array.from({ length: 300 }, () => addMessage(store)));
  const removed = new Set<string>();
  for (let round = 1; round <= 3; round += 1) {
    const worker = start('work', directory);
    await worker.said(round * 25);
    await worker.kill();
    for (const line of worker.lines) removed.add(line.slice('removed '.length));
  }
  const left = new Set([...store.list()].map(({ queueId }) => queueId));
  for (const id of all) assert.ok(left.has(id) || removed.has(id), `${id} is not lost`);
  const claimed = await store.claim('incoming', Date.now(), 1000);
  assert.deepEqual(new Set(claimed.map(({ queueId }) => queueId)), left);
  await store.close();
});

test(
  'a commit is acknowledged after its sync, large content synced before it with its directory',
  needs('strace', 'strace'),
  () => {
    for (const size of [1000, 400_000]) {
      const directory = newQueue();
      const trace = path.join(folder, `trace-${size}`);
      const calls = 'openat,pwrite64,pwritev,fsync,fdatasync,msync,write';
      const { status } = spawnSync('strace', [
        '-f',
        '-y',
        '-e',
        `trace=${calls}`,
        '-o',
        trace,
        process.execPath,
        program,
        'one',
        directory,
        String(size),
      ]);
      assert.equal(status, 0);
      const lines = readFileSync(trace, 'latin1').split('\n');
      const at = (pattern: RegExp): number => lines.findLastIndex((line) => pattern.test(line));
      const said = at(/write\(1<.*"committed/);
      const before = lines.slice(0, said);
      const last = (pattern: RegExp): number => before.findLastIndex((line) => pattern.test(line));
      const data = last(/fdatasync\(\d+<.*mail\.mdb>/);
      const meta = last(/pwrite64\(\d+<.*mail\.mdb>.*, 128, \d+\)/);
      assert.ok(data > 0 && meta > data && said > meta, 'pages, sync, meta page, answer');
      // The meta page goes through a descriptor that syncs by itself.
      assert.match(lines.join('\n'), /openat\(.*mail\.mdb", O_WRONLY\|O_DSYNC/);
      if (size < 200_000) continue;
      const file = last(/fsync\(\d+<.*spool\/[0-9A-F]{2}\/[0-9A-F]+>/);
      const entry = last(/fsync\(\d+<.*spool\/[0-9A-F]{2}>/);
      assert.ok(file > 0 && entry > file && data > entry, 'file, directory, commit');
      assert.ok(last(/fsync\(\d+<.*spool>/) > 0, 'the new folder of the spool');
    }
  },
);

test('the pages that a killed reader pinned are used again', async () => {
  const directory = newQueue();
  const store = await openStore({ directory });
  await addMessage(store, { hold: true });
  const reader = start('read', directory);
  await reader.said(1);
  await reader.kill();
  for (let round = 0; round < 60; round += 1) {
    const added = await Promise.all(
      Array.from({ length: 10 }, () => addMessage(store, { content: Buffer.alloc(100_000) })),
    );
    const claims = await store.claimById(added, Date.now());
    await Promise.all(
      claims.map((claim) => store.settle(claim, { recipients: new Map(), then: { is: 'remove' } })),
    );
  }
  const { size } = statSync(path.join(directory, 'queue/mail.mdb'));
  assert.ok(size < 20_000_000, `${size} bytes after 60 MB came and went`);
  await store.close();
});

test('a process goes on when another has made the file many times larger', async () => {
  const directory = newQueue();
  const store = await openStore({ directory });
  const first = await addMessage(store);
  const writer = start('write', directory, '120000');
  await writer.said(400);
  await writer.kill();
  assert.equal((await contentOf(store, writer.lines[399] ?? '')).length, 120_000);
  const last = await addMessage(store);
  assert.equal(store.info(first)?.queueId, first);
  assert.equal(store.info(last)?.queueId, last);
  await store.close();
});

test('a full disk refuses the message, and the queue works again when there is room', async (t) => {
  const directory = newQueue();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', directory]);
  if (mounted.status !== 0) {
    t.skip('a small file system cannot be mounted: needs root');
    return;
  }
  try {
    const store = await openStore({ directory });
    const kept: string[] = [];
    const isFull = (error: unknown): boolean =>
      error instanceof QueueError && error.reason === 'full';
    for (const size of [60_000, 300_000]) {
      let refused: unknown;
      for (let count = 0; count < 100 && refused === undefined; count += 1) {
        const message = store.begin();
        try {
          await message.write(Buffer.alloc(size, 'whole'));
          await message.commit({
            envelope: testEnvelope,
            recipients: [],
            hold: false,
          });
          kept.push(message.queueId);
        } catch (error) {
          refused = error;
          await message.abort();
        }
      }
      assert.ok(isFull(refused), String(refused));
    }
    assert.deepEqual(
      [...store.list()].map(({ queueId }) => queueId),
      [...kept].sort(),
    );
    for (const id of kept.slice(0, 20)) await store.delete(id);
    const id = await addMessage(store, { content: Buffer.alloc(60_000, 'whole') });
    assert.equal((await contentOf(store, id)).length, 60_000);
    await store.close();
  } finally {
    spawnSync('umount', [directory]);
  }
});

test('spool files of writers that died go, those of living writers and of messages stay', async () => {
  const directory = newQueue();
  const store = await openStore({ directory });
  const stored = await addMessage(store, { content: Buffer.alloc(300_000) });
  const living = start('spool', directory);
  const dying = start('spool', directory);
  await Promise.all([living.said(1), dying.said(1)]);
  await dying.kill();
  const fileOf = (id = ''): string => path.join(directory, 'spool', id.slice(-2), id);
  const files = [stored, living.lines[0], dying.lines[0]].map(fileOf);
  for (const file of files) utimesSync(file, 1, 1);
  mkdirSync(path.join(directory, 'spool/FF'), { recursive: true });
  await store.claim('incoming', Date.now(), 1); // the first claim cleans up
  await store.close(); // and waits for it
  assert.deepEqual(
    files.map((file) => existsSync(file)),
    [true, true, false],
  );
  await living.kill();
});
