import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import {
  inlineMessage,
  streamedMessage,
  temporaryDirectory,
  testLimits,
} from '../../../testing/mailbox.js';
import { inProcessWorker } from './in-process.js';

test('a missing Maildir is made, private, with the message in new/ and nothing in tmp/', async (t) => {
  const directory = temporaryDirectory(t);
  const worker = inProcessWorker(directory);
  assert.deepEqual(
    await worker.maildir('deep/Maildir/', inlineMessage('Subject: x\n\nx\n'), testLimits),
    { is: 'done' },
  );
  const maildir = `${directory}/deep/Maildir`;
  for (const part of ['', '/tmp', '/new', '/cur'])
    assert.equal(statSync(maildir + part).mode & 0o777, 0o700);
  const [name = ''] = readdirSync(`${maildir}/new`);
  const stats = statSync(`${maildir}/new/${name}`);
  assert.match(name, /^\d+\.V[0-9a-f]+I[0-9a-f]+M\d+\.[^/:]+$/);
  assert.ok(name.includes(`I${stats.ino.toString(16)}M`));
  assert.equal(stats.mode & 0o777, 0o600);
  assert.equal(
    readFileSync(`${maildir}/new/${name}`, 'latin1'),
    'Return-Path: <a@b>\nSubject: x\n\nx\n',
  );
  assert.deepEqual(readdirSync(`${maildir}/tmp`), []);
});

test('many at a time get a file each', async (t) => {
  const directory = temporaryDirectory(t);
  const worker = inProcessWorker(directory);
  const numbers = Array.from({ length: 100 }, (_, index) => index);
  const outcomes = await Promise.all(
    numbers.map((number) => worker.maildir('M/', inlineMessage(`${number}\n`), testLimits)),
  );
  assert.ok(outcomes.every(({ is }) => is === 'done'));
  const texts = readdirSync(`${directory}/M/new`).map((name) =>
    Number(readFileSync(`${directory}/M/new/${name}`, 'latin1').split('\n')[1]),
  );
  assert.deepEqual(
    texts.sort((a, b) => a - b),
    numbers,
  );
});

test('content that breaks off leaves nothing behind', async (t) => {
  const directory = temporaryDirectory(t);
  const worker = inProcessWorker(directory);
  const outcome = await worker.maildir('M/', streamedMessage(['a', new Error('gone')]), testLimits);
  assert.equal(outcome.is, 'deferred');
  assert.deepEqual(readdirSync(`${directory}/M/tmp`), []);
  assert.ok(!existsSync(`${directory}/M/new`) || readdirSync(`${directory}/M/new`).length === 0);
});

test('a message beyond the limit, and a file in the place of the Maildir', async (t) => {
  const directory = temporaryDirectory(t);
  const worker = inProcessWorker(directory);
  const small = { ...testLimits, sizeLimit: 10 };
  assert.deepEqual(await worker.maildir('M/', inlineMessage('x\n'), small), {
    is: 'bounced',
    dsn: '5.2.2',
    text: 'error writing message: File too large',
  });
  writeFileSync(`${directory}/F`, '');
  const outcome = await worker.maildir('F/', inlineMessage('x\n'), testLimits);
  assert.ok(outcome.is === 'bounced' && outcome.dsn === '5.2.0');
  assert.match(outcome.text, /^create maildir file .*\/F\/tmp\/.*: Not a directory$/);
});

test('tmp/ alone is completed', async (t) => {
  const directory = temporaryDirectory(t);
  mkdirSync(`${directory}/M/tmp`, { recursive: true });
  const outcome = await inProcessWorker(directory).maildir('M/', inlineMessage('x\n'), testLimits);
  assert.equal(outcome.is, 'done');
  assert.deepEqual(readdirSync(`${directory}/M`).sort(), ['cur', 'new', 'tmp']);
});

test('a message that a delivery cut short has brought is not brought again', async (t) => {
  const directory = temporaryDirectory(t);
  const since = Date.now();
  const content = 'Received: from x (y [192.0.2.1])\n\tby z (Postfix) with ESMTP id TEST\n\nx\n';
  const first = inlineMessage(content);
  const again = { ...first, mayBeThereSince: since };
  const deliver = (message: typeof first): Promise<unknown> =>
    inProcessWorker(directory).maildir('M/', message, testLimits);
  const files = (): number =>
    readdirSync(`${directory}/M/new`).length + readdirSync(`${directory}/M/cur`).length;

  assert.deepEqual(await deliver(again), { is: 'done' }); // it was not there
  assert.equal(files(), 1);
  assert.deepEqual(await deliver(again), { is: 'done' });
  assert.equal(files(), 1);
  const [name = ''] = readdirSync(`${directory}/M/new`);
  renameSync(`${directory}/M/new/${name}`, `${directory}/M/cur/${name}:2,S`);
  assert.deepEqual(await deliver(again), { is: 'done' }); // read meanwhile
  assert.equal(files(), 1);
  await deliver({ ...again, prefix: 'Return-Path: <other@b>\n' }); // another recipient's
  await deliver({ ...again, queueId: 'OTHER' });
  await deliver(first); // the queue knows that it was never tried
  assert.equal(files(), 4);
});
