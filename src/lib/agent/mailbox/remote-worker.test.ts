import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { test, type TestContext } from 'node:test';
import type { UserWorker } from '../../ipc/conversation/mailbox.js';
import {
  inlineMessage,
  streamedMessage,
  temporaryDirectory,
  testLimits,
} from '../../../testing/mailbox.js';
import { inProcessWorker } from './in-process.js';
import { RemoteWorker } from './remote-worker.js';
import { serveWorker, type WorkerRights } from './serve-worker.js';

interface Pair {
  readonly worker: RemoteWorker;
  readonly client: net.Socket;
  readonly served: Promise<void>;
}

async function connect(
  t: TestContext,
  local: UserWorker,
  rights: WorkerRights = { commands: true, files: true },
): Promise<Pair> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<net.Socket>((resolve) => server.once('connection', resolve));
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const socket = await accepted;
  server.close();
  t.after(() => {
    client.destroy();
    socket.destroy();
  });
  return { worker: new RemoteWorker(client), client, served: serveWorker(socket, local, rights) };
}

test('one file that many ask for in a turn is read once, and again when it is asked for later', async (t) => {
  const directory = temporaryDirectory(t);
  const local = inProcessWorker(directory);
  let reads = 0;
  const counting: UserWorker = {
    ...local,
    readFile(file, options) {
      reads += 1;
      return local.readFile(file, options);
    },
  };
  const { worker } = await connect(t, counting);
  const ask = (): Promise<unknown> =>
    worker.readFile('.forward', { maxBytes: 100, followLinks: false });
  assert.deepEqual(await Promise.all([ask(), ask()]), [{ is: 'missing' }, { is: 'missing' }]);
  assert.equal(reads, 1);
  writeFileSync(`${directory}/.forward`, 'a@example.org\n');
  assert.equal(((await ask()) as { is: string }).is, 'file');
  assert.equal(reads, 2);
});

test('many deliveries at a time, small and streamed, come to their Maildir whole', async (t) => {
  const directory = temporaryDirectory(t);
  const { worker } = await connect(t, inProcessWorker(directory));
  const long = 'x'.repeat(60_000);
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      worker.maildir(
        'M/',
        index % 2 === 0
          ? inlineMessage(`${index}\n`)
          : streamedMessage([`${index}\n`, ...Array<string>(30).fill(long)]),
        testLimits,
      ),
    ),
  );
  assert.ok(outcomes.every(({ is }) => is === 'done'));
  const numbers = readdirSync(`${directory}/M/new`).map((name) => {
    const text = readFileSync(`${directory}/M/new/${name}`, 'latin1');
    const number = Number(text.split('\n')[1]);
    assert.equal(
      text.length,
      `Return-Path: <a@b>\n${number}\n`.length + (number % 2 === 0 ? 0 : 30 * 60_000),
    );
    return number;
  });
  assert.deepEqual(
    numbers.sort((a, b) => a - b),
    Array.from({ length: 60 }, (_, index) => index),
  );
});

test('content that cannot be read fails its delivery, and no other', async (t) => {
  const directory = temporaryDirectory(t);
  const { worker } = await connect(t, inProcessWorker(directory));
  const [bad, good] = await Promise.all([
    worker.maildir('M/', streamedMessage(['a', new Error('gone')]), testLimits),
    worker.maildir('M/', streamedMessage(['whole\n']), testLimits),
  ]);
  assert.deepEqual([bad.is, good.is], ['deferred', 'done']);
  assert.equal(readdirSync(`${directory}/M/new`).length, 1);
});

test('when the queue dies, what has come in part is undone', async (t) => {
  const directory = temporaryDirectory(t);
  const { worker, client, served } = await connect(t, inProcessWorker(directory));
  await worker.maildir('M/', inlineMessage('first\n'), testLimits);
  const message = {
    ...streamedMessage([]),
    async *content() {
      yield Buffer.from('half');
      await new Promise((resolve) => setTimeout(resolve, 50));
      client.destroy();
      await new Promise(() => undefined);
    },
  };
  await assert.rejects(worker.maildir('M/', message, testLimits));
  await served;
  assert.equal(readdirSync(`${directory}/M/new`).length, 1);
  assert.deepEqual(readdirSync(`${directory}/M/tmp`), []);
});

test('a worker without rights runs nothing and reads nothing', async (t) => {
  const directory = temporaryDirectory(t);
  const { worker } = await connect(t, inProcessWorker(directory), {
    commands: false,
    files: false,
  });
  const command = {
    shell: 'true',
    environment: {},
    directory: '/',
    mustExist: true,
    timeoutMs: 1000,
    fileSizeLimit: 0,
  };
  await assert.rejects(worker.command(command, inlineMessage('x\n')), /runs no commands/);
  await assert.rejects(
    worker.readFile('/etc/passwd', { maxBytes: 1e6, followLinks: true }),
    /reads no files/,
  );
});

test('what is no frame of ours ends the conversation', async (t) => {
  const { client, worker } = await connect(t, inProcessWorker('/'));
  client.write('GET / HTTP/1.1\r\n\r\n');
  await new Promise((resolve) => client.once('close', resolve));
  assert.equal(worker.isUsable, false);
  await assert.rejects(worker.readFile('/etc/passwd', { maxBytes: 1, followLinks: true }));
});
