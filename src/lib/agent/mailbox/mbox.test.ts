import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { chmodSync } from 'node:fs';
import { symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { test } from 'node:test';
import type { MailboxOutcome } from '../../ipc/conversation/mailbox.js';
import { tryRecordLock } from '../../sys/lock.js';
import {
  inlineMessage,
  streamedMessage,
  temporaryDirectory,
  testLimits,
} from '../../../testing/mailbox.js';
import { inProcessWorker } from './in-process.js';

const from = 'From a@b  Tue Nov 24 09:05:04 2026';

function refusal(outcome: MailboxOutcome): string {
  return outcome.is === 'done' ? 'done' : `${outcome.dsn} ${outcome.text}`;
}

test('messages stand one after the other, with From_ line, quoted lines and an empty line', async (t) => {
  const directory = temporaryDirectory(t);
  const worker = inProcessWorker(directory);
  for (const message of [inlineMessage('\nFrom me\n'), streamedMessage(['\nFr', 'om you'])])
    assert.deepEqual(await worker.mbox('box', from, message, testLimits), { is: 'done' });
  const start = `${from}\nReturn-Path: <a@b>\n\n`;
  assert.equal(
    readFileSync(`${directory}/box`, 'latin1'),
    `${start}>From me\n\n${start}>From you\n\n`,
  );
  assert.equal(statSync(`${directory}/box`).mode & 0o777, 0o600);
  assert.equal(existsSync(`${directory}/box.lock`), false);
});

test('an append that fails is taken back', async (t) => {
  const directory = temporaryDirectory(t);
  const worker = inProcessWorker(directory);
  writeFileSync(`${directory}/box`, 'old\n');
  const broken = streamedMessage(['a'.repeat(100_000), new Error('gone')]);
  assert.equal(
    refusal(await worker.mbox('box', from, broken, testLimits)),
    '4.3.0 error writing message: gone',
  );
  assert.equal(readFileSync(`${directory}/box`, 'latin1'), 'old\n');
});

test('the size limit is for the whole file, also with what quoting adds', async (t) => {
  const directory = temporaryDirectory(t);
  const worker = inProcessWorker(directory);
  writeFileSync(`${directory}/box`, 'old\n');
  const message = inlineMessage('From \nFrom \n');
  const exact = 4 + from.length + 1 + message.prefix.length + message.size + 2 + 1;
  const full = '5.2.2 error writing message: File too large';
  assert.equal(
    refusal(await worker.mbox('box', from, message, { ...testLimits, sizeLimit: exact - 1 })),
    full,
  );
  assert.equal(readFileSync(`${directory}/box`, 'latin1'), 'old\n');
  assert.equal(
    refusal(await worker.mbox('box', from, message, { ...testLimits, sizeLimit: exact })),
    'done',
  );
  assert.equal(statSync(`${directory}/box`).size, exact);
});

const tricks: readonly [
  name: string,
  make: (box: string, directory: string) => void,
  refused: RegExp,
][] = [
  [
    'a symbolic link',
    (box, d) => {
      writeFileSync(`${d}/victim`, '');
      symlinkSync('victim', box);
    },
    /^5\.2\.0 file is a symbolic link$/,
  ],
  [
    'a symbolic link to nothing',
    (box) => symlinkSync('nothing', box),
    /^5\.2\.0 cannot open file: No such file/,
  ],
  [
    'a second hard link',
    (box, d) => {
      writeFileSync(`${d}/victim`, '');
      linkSync(`${d}/victim`, box);
    },
    /^5\.2\.0 file has 2 hard links$/,
  ],
  [
    'a FIFO without a reader',
    (box) => spawnSync('mkfifo', [box]),
    /^5\.2\.0 cannot open file: No such device or address$/,
  ],
  ['a directory', (box) => mkdirSync(box), /^5\.2\.0 cannot open file: Is a directory$/],
];

for (const [name, make, refused] of tricks) {
  test(`${name} in the place of a mailbox is not written to`, async (t) => {
    const directory = temporaryDirectory(t);
    // A link of root's in a directory that only root may change is trusted: this is none.
    chmodSync(directory, 0o777);
    make(`${directory}/box`, directory);
    const outcome = await inProcessWorker(directory).mbox(
      'box',
      from,
      inlineMessage('x\n'),
      testLimits,
    );
    assert.match(refusal(outcome), refused);
    if (existsSync(`${directory}/victim`)) assert.equal(statSync(`${directory}/victim`).size, 0);
  });
}

test('a FIFO with a reader gets nothing either', async (t) => {
  const directory = temporaryDirectory(t);
  spawnSync('mkfifo', [`${directory}/box`]);
  const reader = openSync(`${directory}/box`, 'r+');
  t.after(() => closeSync(reader));
  const limits = { ...testLimits, anyFile: true };
  const outcome = await inProcessWorker(directory).mbox('box', from, inlineMessage('x\n'), limits);
  assert.match(refusal(outcome), /not a regular file/);
});

test('a device takes mail as a /file target only', async (t) => {
  const worker = inProcessWorker(temporaryDirectory(t));
  const message = inlineMessage('x\n');
  const limits = { ...testLimits, anyFile: true };
  assert.deepEqual(await worker.mbox('/dev/null', from, message, limits), { is: 'done' });
  assert.match(
    refusal(await worker.mbox('/dev/null', from, message, testLimits)),
    /is not a regular file$/,
  );
});

test("someone else's file waits for the administrator", {
  skip: process.getuid?.() !== 0 && 'needs root',
}, async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(`${directory}/box`, '');
  spawnSync('chown', ['65534', `${directory}/box`]);
  const worker = inProcessWorker(directory);
  const outcome = await worker.mbox('box', from, inlineMessage('x\n'), testLimits);
  assert.match(refusal(outcome), /^4\.2\.0 destination .*box is not owned by recipient$/);
  assert.deepEqual(outcome.warnings, [
    'specify "strict_mailbox_ownership = no" to ignore mailbox ownership mismatch',
  ]);
  const lax = { ...testLimits, ownerOnly: false };
  assert.equal((await worker.mbox('box', from, inlineMessage('x\n'), lax)).is, 'done');
});

test("someone else's lock file holds the mail back until it is stale", async (t) => {
  const directory = temporaryDirectory(t);
  const worker = inProcessWorker(directory);
  writeFileSync(`${directory}/box.lock`, '');
  utimesSync(`${directory}/box.lock`, 1, 1); // a modification time can be set by anyone, and does not count
  const message = inlineMessage('x\n');
  assert.match(
    refusal(await worker.mbox('box', from, message, testLimits)),
    /^4\.2\.0 unable to create lock file .*: File exists$/,
  );
  assert.equal(existsSync(`${directory}/box`), false);
  const hasty = { ...testLimits, staleLockMs: -1 };
  assert.equal((await worker.mbox('box', from, message, hasty)).is, 'done');
});

test('a record lock of someone else holds the mail back', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(`${directory}/box`, '');
  const holder = openSync(`${directory}/box`, 'r+');
  t.after(() => closeSync(holder));
  assert.equal(tryRecordLock(holder), true);
  const outcome = await inProcessWorker(directory).mbox(
    'box',
    from,
    inlineMessage('x\n'),
    testLimits,
  );
  assert.match(refusal(outcome), /^4\.2\.0 unable to lock for exclusive access/);
});

test('many at a time do not mix', async (t) => {
  const directory = temporaryDirectory(t);
  const worker = inProcessWorker(directory);
  const texts = Array.from({ length: 20 }, (_, index) => [
    `${index} `,
    'x'.repeat(100_000),
    ` ${index}\n`,
  ]);
  const outcomes = await Promise.all(
    texts.map((chunks) => worker.mbox('box', from, streamedMessage(chunks), testLimits)),
  );
  assert.ok(outcomes.every(({ is }) => is === 'done'));
  assert.equal(
    readFileSync(`${directory}/box`, 'latin1').match(/^(\d+) x{100000} \1$/gm)?.length,
    20,
  );
});
