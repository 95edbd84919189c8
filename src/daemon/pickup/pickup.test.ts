import assert from 'node:assert/strict';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Notification } from '../../lib/ipc/conversation/bounce.js';
import type { CleanupOptions, CleanupResult } from '../../lib/ipc/conversation/cleanup.js';
import type { Envelope, Recipient } from '../../lib/ipc/envelope.js';
import {
  encodeEnd,
  encodeRecipient,
  encodeSubmission,
  kind,
  record,
} from '../../lib/queue/maildrop/format.js';
import { MaildropFile } from '../../lib/queue/maildrop/write.js';
import { systemClock } from '../../lib/sys/clock.js';
import { memoryLog } from '../../testing/memory-log.js';
import { testSettings } from '../../testing/settings.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { fakeDicts } from '../../testing/fake-dicts.js';
import { createPickup } from './main.js';

const folder = temporaryFolder();
const uid = process.getuid?.() ?? 0;

interface Message {
  readonly envelope: Envelope;
  readonly options: CleanupOptions;
  readonly recipients: Recipient[];
  content: string;
}

function setUp(settings: Record<string, string> = {}, dicts: DictOpener = fakeDicts()) {
  const queue = mkdtempSync(path.join(folder, 'queue'));
  const maildrop = path.join(queue, 'maildrop');
  const corrupt = path.join(queue, 'corrupt');
  for (const directory of [maildrop, corrupt]) mkdirSync(directory);
  const log = memoryLog();
  const messages: Message[] = [];
  const notices: Notification[] = [];
  const answer: { result: CleanupResult } = { result: { is: 'queued', queueId: 'Q1', size: 1 } };
  const time = { now: Date.now() };
  const pickup = createPickup({
    settings: testSettings({ ...settings }),
    log,
    clock: { ...systemClock, now: () => time.now },
    dicts,
    queueDirectory: queue,
    bounce: {
      async notify(notice) {
        notices.push(notice);
        return [];
      },
    },
    cleanup: {
      open(envelope, options) {
        const message: Message = { envelope, options, recipients: [], content: '' };
        return {
          queueId: 'Q1',
          recipient: (recipient) => void message.recipients.push(recipient),
          decide: () => undefined,
          content: (chunk) => void (message.content += Buffer.from(chunk).toString()),
          async finish() {
            messages.push(message);
            return answer.result;
          },
          abort: async () => undefined,
        };
      },
    },
  });
  const drop = (content: string, change: Partial<{ sender: string }> = {}): string => {
    const file = new MaildropFile(maildrop);
    const head = {
      sender: 'me',
      fullName: 'Me',
      bodyType: '',
      dsnEnvid: '',
      dsnRet: '',
      localRewrite: true,
      ...change,
    } as const;
    file.write(encodeSubmission(head));
    file.write(record(kind.content, Buffer.from(content)));
    file.write(encodeRecipient({ address: 'you', dsnNotify: 2 }));
    file.write(encodeEnd(Buffer.byteLength(content)));
    file.finish();
    return file.path;
  };
  const left = (): string[] => readdirSync(maildrop);
  const aside = (): string[] => readdirSync(corrupt);
  return { maildrop, log, messages, notices, answer, time, pickup, drop, left, aside };
}

test('a submission goes to cleanup under the name of its owner, and then from the maildrop', async () => {
  const { pickup, messages, log, drop, left } = setUp();
  drop('Subject: x\n\nhello\n');
  await pickup.scan();
  assert.deepEqual(left(), []);
  const [message] = messages;
  assert.equal(message?.content, 'Subject: x\n\nhello\n');
  assert.equal(message.envelope.sender, 'me');
  assert.deepEqual(message.recipients, [{ address: 'you', original: 'you', dsnNotify: 2 }]);
  assert.equal(message.options.fullName, 'Me');
  assert.equal(
    message.options.received('Q1', 'you'),
    `by mail.example.test (Postfix, from userid ${uid})\n\tid Q1`,
  );
  assert.deepEqual(log.lines, [`info Q1: uid=${uid} from=<me>`]);
});

test('what cannot be queued just now stays, and is tried again after a while', async () => {
  const { pickup, messages, answer, time, drop, left } = setUp();
  const refused = { is: 'refused', queueId: 'Q1', enhanced: '4.3.0', text: 'full' } as const;
  answer.result = { ...refused, code: 452 };
  drop('x\n');
  await pickup.scan();
  await pickup.scan();
  assert.equal(messages.length, 1);
  assert.equal(left().length, 1);
  answer.result = { is: 'queued', queueId: 'Q1', size: 1 };
  time.now += 60_000;
  await pickup.scan();
  assert.equal(messages.length, 2);
  assert.deepEqual(left(), []);
});

test('what is refused for good goes back to its sender', async () => {
  const { pickup, notices, answer, drop, left } = setUp();
  answer.result = {
    is: 'refused',
    queueId: 'Q1',
    code: 554,
    enhanced: '5.4.0',
    text: 'Too many hops',
  };
  drop('x\n');
  await pickup.scan();
  assert.deepEqual(left(), []);
  assert.equal(notices[0]?.recipients[0]?.delivery.dsn, '5.4.0');
});

test('an incomplete file is left alone, until nobody can be writing it any more', async () => {
  const { pickup, maildrop, messages, log, time, left } = setUp();
  const file = path.join(maildrop, 'incomplete');
  writeFileSync(file, 'x', { mode: 0o600 });
  await pickup.scan();
  assert.deepEqual(left(), ['incomplete']);
  time.now += 25 * 3600 * 1000;
  await pickup.scan();
  assert.deepEqual(left(), []);
  assert.equal(messages.length, 0);
  assert.match(log.lines[0] ?? '', /removed: it was never completed/);
});

test('what is no submission is set aside once, and what is one is taken all the same', async () => {
  const { pickup, maildrop, messages, log, drop, left, aside } = setUp();
  const junk = path.join(maildrop, 'junk');
  writeFileSync(junk, 'junk');
  chmodSync(junk, 0o744);
  symlinkSync('/etc/passwd', path.join(maildrop, 'link'));
  linkSync(drop('twice\n'), path.join(maildrop, 'second-name'));
  drop('Subject: good\n');
  await pickup.scan();
  await pickup.scan();
  assert.deepEqual(
    messages.map(({ content }) => content),
    // Once its other name is gone, the file with two names may be taken.
    messages.length === 2 ? ['twice\n', 'Subject: good\n'].sort() : ['Subject: good\n'],
  );
  assert.deepEqual(left(), []);
  assert.ok(aside().length >= 3);
  assert.equal(log.lines.filter((line) => line.includes('junk')).length, 1);
});

test('only those whom authorized_submit_users names may submit', async () => {
  const { pickup, messages, log, drop, aside } = setUp({ authorized_submit_users: 'nobody-else' });
  drop('x\n');
  await pickup.scan();
  assert.equal(messages.length, 0);
  assert.equal(aside().length, 1);
  assert.match(log.lines[0] ?? '', /not allowed to submit mail/);
});

test('a table in trouble keeps mail in the maildrop', async () => {
  const { pickup, messages, drop, left } = setUp({ authorized_submit_users: 'broken:x' });
  drop('x\n');
  await pickup.scan();
  assert.equal(messages.length, 0);
  assert.equal(left().length, 1);
});

test('a sender that its login may not use is set aside, also when sendmail was not asked', async () => {
  const { pickup, messages, drop, aside, log } = setUp({
    local_login_sender_maps: 'inline:{ { root = other@x.example } }',
  });
  drop('x\n');
  await pickup.scan();
  assert.equal(messages.length, 0);
  assert.equal(aside().length, 1);
  assert.match(log.lines[0] ?? '', /not authorized to use sender=/);
});

test('more than message_size_limit is set aside', async () => {
  const { pickup, messages, drop, aside } = setUp({ message_size_limit: '10' });
  drop('0123456789\n');
  await pickup.scan();
  assert.equal(messages.length, 0);
  assert.equal(aside().length, 1);
});

test('the time of arrival is that of the file, but not in the future', async () => {
  const { pickup, messages, time, drop } = setUp();
  utimesSync(drop('x\n'), 1_000_000_000, 1_000_000_000);
  utimesSync(drop('y\n'), 9_000_000_000, 9_000_000_000);
  await pickup.scan();
  const arrivals = messages.map(({ envelope }) => envelope.arrival).sort((one, two) => one - two);
  assert.deepEqual(arrivals, [1_000_000_000_000, time.now]);
});

test('mail that comes during a scan is not forgotten', async () => {
  const { pickup, messages, drop } = setUp();
  drop('a\n');
  const first = pickup.scan();
  drop('b\n');
  await Promise.all([first, pickup.scan()]);
  assert.equal(messages.length, 2);
  await pickup.stop();
});
