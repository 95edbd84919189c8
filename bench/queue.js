/**
 * bench/queue - what the message store costs alone: messages per second and CPU per message.
 *
 *   node bench/queue.js [--messages 20000] [--flight 20] [--size 4096] [--directory DIR]
 *
 * Each of the messages in flight is begun, written, committed (on disk), claimed by its id, and settled as removed.
 * CPU is that of the whole process, its threads and the system's work for it included.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '20000' },
    flight: { type: 'string', default: '20' },
    size: { type: 'string', default: '4096' },
    directory: { type: 'string', default: os.tmpdir() },
  },
});
const messages = Number(values.messages);
const flight = Number(values.flight);
const content = Buffer.from('Subject: bench\n\n'.padEnd(Number(values.size), 'x'));

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const directory = mkdtempSync(path.join(values.directory, 'hikyaku-queue-bench-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

/** The store as built now, with the packages of this checkout. */
async function loadStore() {
  const file = path.join(directory, 'stores.mjs');
  const require = createRequire(path.join(root, 'package.json'));
  await build({
    entryPoints: [path.join(root, 'src/lib/queue/stores.ts')],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    plugins: [
      {
        name: 'packages',
        setup(plugin) {
          plugin.onResolve({ filter: /^[a-z@]/ }, ({ path: name }) => ({
            path: name.startsWith('node:') ? name : pathToFileURL(require.resolve(name)).href,
            external: true,
          }));
        },
      },
    ],
  });
  return import(pathToFileURL(file).href);
}

const { openStore } = await loadStore();
const store = await openStore({ directory });
const client = {
  name: 'client.example.org',
  reverseName: 'client.example.org',
  address: '192.0.2.1',
  port: 40000,
  helo: 'client.example.org',
  protocol: 'ESMTP',
};
const recipients = [{ address: 'user@example.test', original: 'user@example.test', dsnNotify: 0 }];
const remove = { recipients: new Map(), then: { is: 'remove' } };

async function one() {
  const message = store.begin();
  await message.write(content);
  const envelope = {
    sender: 'sender@example.org',
    arrival: Date.now(),
    client,
    bodyType: '8BITMIME',
    smtputf8: false,
    dsnRet: '',
    dsnEnvid: '',
    contentFilter: '',
    redirectTo: '',
    kind: 'mail',
  };
  await message.commit({ envelope, recipients, hold: false });
  const [claim] = await store.claimById([message.queueId], Date.now());
  store.recipients(message.queueId, 0, 50);
  store.inlineContent(message.queueId);
  return { settled: store.settle(claim, remove) };
}

async function run(count) {
  let left = count;
  // A client's next message does not wait for the settlement of the one before, as in the server.
  const lane = async () => {
    let before;
    while (left-- > 0) {
      const { settled } = await one();
      await before;
      before = settled;
    }
    await before;
  };
  await Promise.all(Array.from({ length: flight }, lane));
}

await run(1000);
for (let round = 0; round < 3; round += 1) {
  const start = process.hrtime.bigint();
  const before = process.cpuUsage();
  await run(messages);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(before);
  console.log(
    `${Math.round(messages / seconds)} messages/s, CPU ${Math.round((user + system) / messages)} us a message (user ${Math.round(user / messages)}, system ${Math.round(system / messages)})`,
  );
}
await store.close();
