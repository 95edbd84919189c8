import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../testing/temporary-folder.js';
import { FileSource } from './file-source.js';
import {
  encodeEnd,
  encodeRecipient,
  encodeSubmission,
  kind,
  magic,
  record,
  type Submission,
} from './format.js';
import { Malformed, readContent, readEnvelope } from './read.js';
import { MaildropFile } from './write.js';

const folder = temporaryFolder();

const submission: Submission = {
  sender: 'a b@example.org',
  fullName: 'J\u00f6rg',
  bodyType: '8BITMIME',
  dsnEnvid: 'id',
  dsnRet: 'HDRS',
  localRewrite: false,
};
const recipients = [
  { address: 'c@example.org', dsnNotify: 0 },
  { address: '', dsnNotify: 1 },
];
const content = Buffer.from('Subject: x\n\nhello\n');

const wholeFile = Buffer.concat([
  encodeSubmission(submission),
  record(kind.content, content.subarray(0, 5)),
  record(kind.content, content.subarray(5)),
  ...recipients.map(encodeRecipient),
  encodeEnd(content.length),
]);

async function read(bytes: Buffer) {
  const file = path.join(folder, 'read');
  writeFileSync(file, bytes);
  const handle = await open(file);
  try {
    const envelope = await readEnvelope(new FileSource(handle));
    const parts: Buffer[] = [];
    for await (const part of readContent(new FileSource(handle), envelope.contentLength))
      parts.push(part);
    return { envelope, content: Buffer.concat(parts) };
  } finally {
    await handle.close();
  }
}

test('what was submitted comes out again', async () => {
  const result = await read(wholeFile);
  assert.deepEqual(result.envelope, {
    ...submission,
    recipients,
    contentLength: content.length,
  });
  assert.deepEqual(result.content, content);
});

test('a file cut off anywhere is malformed', async () => {
  for (let length = 0; length < wholeFile.length; length += 1)
    await assert.rejects(read(wholeFile.subarray(0, length)), Malformed, `length ${length}`);
});

const sender = record(kind.sender, Buffer.from('a'));
const recipient = encodeRecipient({ address: 'b', dsnNotify: 0 });
const end = encodeEnd(0);
const text = (type: number, value: string): Buffer => record(type, Buffer.from(value));

const bad: readonly (readonly [string, readonly Buffer[]])[] = [
  ['another format', [Buffer.from('hikyaku maildrop 9\n'), sender, recipient, end]],
  ['no sender', [magic, recipient, end]],
  ['two senders', [magic, sender, sender, recipient, end]],
  ['no recipients', [magic, sender, end]],
  ['a line break in the sender', [magic, text(kind.sender, 'a\nb'), recipient, end]],
  [
    'a line break in a recipient',
    [magic, sender, encodeRecipient({ address: 'b\nc', dsnNotify: 0 }), end],
  ],
  ['a NUL in a name', [magic, sender, text(kind.fullName, 'a\0b'), recipient, end]],
  ['a line separator in a name', [magic, sender, text(kind.fullName, 'a\u2028b'), recipient, end]],
  ['bytes that are not UTF-8', [magic, record(kind.sender, Buffer.of(0xff)), recipient, end]],
  ['an address without end', [magic, text(kind.sender, 'a'.repeat(3000)), recipient, end]],
  ['an unknown record', [magic, sender, text(0x51, 'x'), recipient, end]],
  [
    'NEVER together with others',
    [magic, sender, encodeRecipient({ address: 'b', dsnNotify: 3 }), end],
  ],
  ['another body type', [magic, sender, text(kind.bodyType, 'BINARYMIME'), recipient, end]],
  ['a content length that is not true', [magic, sender, recipient, encodeEnd(5)]],
  ['a record longer than all', [magic, sender, Buffer.from([kind.content, 255, 255, 255, 255])]],
];

for (const [what, parts] of bad) {
  test(`${what} is malformed`, async () => {
    await assert.rejects(read(Buffer.concat(parts)), Malformed);
  });
}

test('a file is marked as complete only when it is whole', () => {
  const file = new MaildropFile(folder);
  file.write(wholeFile);
  file.flush();
  assert.equal(statSync(file.path).mode & 0o777, 0o600);
  file.finish();
  assert.equal(statSync(file.path).mode & 0o777, 0o744);
  assert.deepEqual(readFileSync(file.path), wholeFile);
  assert.match(path.basename(file.path), /^[0-9a-f]{32}$/);
});

test('a file that is given up is gone', () => {
  const file = new MaildropFile(folder);
  file.write(wholeFile);
  file.abort();
  assert.equal(statSync(file.path, { throwIfNoEntry: false }), undefined);
});
