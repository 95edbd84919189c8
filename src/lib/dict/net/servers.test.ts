/** tcp: and socketmap: tables against a server that answers by the script. */
import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import { after, test } from 'node:test';
import { memoryLog } from '../../../testing/memory-log.js';
import { temporaryFolder } from '../../../testing/temporary-folder.js';
import { createDictOpener } from '../open.js';

const folder = temporaryFolder();
const dicts = createDictOpener({ log: memoryLog() });
after(() => dicts.close());

type Answer = (question: string, socket: net.Socket) => void;

async function serve(answer: Answer, where: net.ListenOptions = { port: 0, host: '127.0.0.1' }) {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => answer(data.toString(), socket));
  });
  await new Promise<void>((resolve) => server.listen(where, resolve));
  server.unref();
  after(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const netstring = (text: string): string => `${Buffer.byteLength(text)}:${text},`;

test('tcp: asks with a lower-case key, and understands all three answers', async () => {
  const questions: string[] = [];
  const port = await serve((question, socket) => {
    questions.push(question);
    if (question.includes('found')) socket.write('200 a%20value%0a\n');
    else if (question.includes('broken')) socket.write('400 out%20of%20order\n');
    else socket.write('500 no such thing\n');
  });
  const dict = dicts.open(`tcp:127.0.0.1:${port}`);
  assert.deepEqual(await dict.lookup('FOUND it%'), { is: 'found', value: 'a value\n' });
  assert.deepEqual(await dict.lookup('x'), { is: 'not-found' });
  assert.deepEqual(await dict.lookup('broken'), { is: 'error', reason: 'out of order' });
  assert.deepEqual(questions, ['get found%20it%25\n', 'get x\n', 'get broken\n']);
});

test('tcp: many lookups at once get each its own answer', async () => {
  const port = await serve((question, socket) => {
    socket.write(`200 ${question.slice(4)}`);
  });
  const dict = dicts.open(`tcp:127.0.0.1:${port}`);
  const keys = Array.from({ length: 50 }, (_, index) => `key${index}`);
  const results = await Promise.all(keys.map(async (key) => dict.lookup(key)));
  assert.deepEqual(
    results,
    keys.map((value) => ({ is: 'found', value })),
  );
});

test('tcp: a connection that was closed while idle is opened again', async () => {
  const port = await serve((_, socket) => {
    socket.end('200 ok\n');
  });
  const dict = dicts.open(`tcp:127.0.0.1:${port}`);
  for (let round = 0; round < 3; round += 1)
    assert.deepEqual(await dict.lookup('a'), { is: 'found', value: 'ok' });
});

test('tcp: no server, and one that speaks nonsense, give errors', async () => {
  const port = await serve((_, socket) => {
    socket.write('hello\n');
  });
  assert.equal((await dicts.open(`tcp:127.0.0.1:${port}`).lookup('a')).is, 'error');
  assert.deepEqual(await dicts.open('tcp:127.0.0.1:1').lookup('a'), {
    is: 'error',
    reason: 'Connection refused',
  });
});

test('tcp: an answer without end is not waited for', async () => {
  const port = await serve((_, socket) => {
    socket.write('x'.repeat(10_000));
  });
  assert.equal((await dicts.open(`tcp:127.0.0.1:${port}`).lookup('a')).is, 'error');
});

const statuses = [
  ['OK some value', { is: 'found', value: 'some value' }],
  ['NOTFOUND ', { is: 'not-found' }],
  ['TEMP busy', { is: 'error', reason: 'TEMP busy' }],
  ['PERM never', { is: 'error', reason: 'PERM never' }],
  ['WHAT is this', { is: 'error', reason: 'bad reply of the table server' }],
] as const;

test('socketmap: over a UNIX socket, answers in pieces, all statuses', async () => {
  const file = path.join(folder, 'socket');
  await serve(
    (question, socket) => {
      const index = Number(/^\d+:table key(\d),$/.exec(question)?.[1]);
      const text = netstring(statuses[index]?.[0] ?? '');
      socket.write(text.slice(0, 3));
      setTimeout(() => socket.write(text.slice(3)), 5);
    },
    { path: file },
  );
  const dict = dicts.open(`socketmap:unix:${file}:table`);
  for (const [index, [, result]] of statuses.entries())
    assert.deepEqual(await dict.lookup(`KEY${index}`), result);
});

test('socketmap: over TCP; a length that is none gives an error', async () => {
  const port = await serve((question, socket) => {
    socket.write(question.includes('good') ? netstring('OK yes') : '9999999999:x');
  });
  const dict = dicts.open(`socketmap:inet:127.0.0.1:${port}:t`);
  assert.deepEqual(await dict.lookup('good'), { is: 'found', value: 'yes' });
  assert.equal((await dict.lookup('bad')).is, 'error');
});
