import assert from 'node:assert/strict';
import test from 'node:test';
import type { Delivery } from '../../lib/ipc/delivery.js';
import type { Notification, NotifiedRecipient } from '../../lib/ipc/conversation/bounce.js';
import { dsnNotify, localClient } from '../../lib/ipc/envelope.js';
import type { Clock } from '../../lib/sys/clock.js';
import { mailDate } from '../../lib/sys/mail-date.js';
import { type CleanupBench, cleanupBench, testNow, to } from '../../testing/cleanup-bench.js';
import { type MemoryLog, memoryLog } from '../../testing/memory-log.js';
import { testSettings } from '../../testing/settings.js';
import { createBounce } from './main.js';

const date = mailDate(testNow);
const original = 'Received: by x\nFrom: Sender <sender@example.test>\nSubject: test\n\nBody line\n';

type Overrides = Partial<Notification> & { readonly sender?: string };

function notification(more: Overrides = {}): Notification {
  return {
    kind: 'failure',
    queueId: 'ABC',
    envelope: {
      sender: more.sender ?? 'sender@example.test',
      arrival: testNow,
      client: localClient,
      bodyType: '',
      smtputf8: false,
      dsnRet: '',
      dsnEnvid: '',
      contentFilter: '',
      redirectTo: '',
      kind: 'mail',
    },
    recipients: [bounced('x@hard.example')],
    size: original.length,
    async *content() {
      // In small pieces, as a store may give it.
      for (let start = 0; start < original.length; start += 7)
        yield Buffer.from(original.slice(start, start + 7));
    },
    ...more,
  };
}

function bounced(
  address: string,
  more: Partial<NotifiedRecipient> = {},
  delivery: Partial<Delivery> = {},
): NotifiedRecipient {
  return {
    ...to(address),
    ...more,
    delivery: {
      action: 'bounced',
      dsn: '5.7.0',
      text: 'go away, you',
      relay: 'none',
      time: testNow,
      ...delivery,
    },
  };
}

interface Sent {
  readonly bench: CleanupBench;
  readonly log: MemoryLog;
  readonly ids: readonly string[];
  readonly texts: readonly string[];
}

async function notify(
  given: Notification,
  settings: Readonly<Record<string, string>> = {},
): Promise<Sent> {
  const values = { smtputf8_enable: 'yes', ...settings };
  const bench = cleanupBench(settings);
  const log = memoryLog();
  const bounce = createBounce({
    settings: testSettings(values),
    log,
    clock: { now: () => testNow } as Clock,
    cleanup: bench.cleanup,
  });
  const ids = await bounce.notify(given);
  return { bench, log, ids, texts: bench.sink.committed.map(({ text }) => text) };
}

/** The text without the sentences for people. */
function shape(text: string): string {
  return text.replace(
    /(This is the mail system at host [^\n]+\n)[^]*?( {10,}The mail system\n)/,
    '$1…\n$2',
  );
}

test('a failure notice has the shape of Postfix, to the letter but for the sentences', async () => {
  const { texts, bench, log, ids } = await notify(notification());
  const boundary = 'ABC.1795511104/mail.example.test';
  assert.equal(
    shape(texts[0] ?? ''),
    `Received: by mail.example.test (Postfix)
\tid QID1; ${date}
Date: ${date}
From: Mail Delivery System <MAILER-DAEMON@example.test>
Subject: Undelivered Mail Returned to Sender
To: sender@example.test
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="${boundary}"
Content-Transfer-Encoding: 8bit
Message-Id: <20261124090504.QID1@mail.example.test>

This is a MIME-encapsulated message.

--${boundary}
Content-Description: Notification
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

This is the mail system at host mail.example.test.
…
                   The mail system

<x@hard.example>: go away, you

--${boundary}
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.test
X-Postfix-Queue-ID: ABC
X-Postfix-Sender: rfc822; sender@example.test
Arrival-Date: ${date}

Final-Recipient: rfc822; x@hard.example
Original-Recipient: rfc822;x@hard.example
Action: failed
Status: 5.7.0
Diagnostic-Code: X-Postfix; go away, you

--${boundary}
Content-Description: Undelivered Message
Content-Type: message/rfc822
Content-Transfer-Encoding: 8bit

Return-Path: <sender@example.test>
${original}
--${boundary}--
`,
  );
  const [message] = bench.sink.committed;
  assert.deepEqual(
    [message?.envelope.sender, message?.envelope.kind, message?.recipients[0]?.address],
    ['', 'bounce', 'sender@example.test'],
  );
  assert.deepEqual(ids, ['QID1']);
  assert.deepEqual(log.lines, ['info ABC: sender non-delivery notification: QID1']);
});

test('recipients are reported with what the remote server said and where they came from', async () => {
  const envelope = { ...notification().envelope, dsnRet: 'HDRS' as const, dsnEnvid: 'abc+def' };
  const { texts } = await notify(
    notification({
      envelope,
      recipients: [
        bounced('hx@hard.example', { original: 'hard@va.example' }),
        bounced('a b@hard.example', { dsnOrcpt: 'rfc822;orig@x@y.example' }),
        bounced(
          'z@bounce5.example',
          {},
          {
            dsn: '5.3.0',
            text: 'host 127.0.0.1[127.0.0.1] said: 500 5.3.0 Error: command failed (in reply to RCPT TO command)',
            remoteMta: '127.0.0.1',
            diagnosticType: 'smtp',
            diagnostic: '500 5.3.0 Error: command failed',
          },
        ),
      ],
    }),
  );
  const text = texts[0] ?? '';
  for (const part of [
    '\n<hx@hard.example> (expanded from <hard@va.example>): go away, you\n\n<"a b"@hard.example>: go away, you\n\n',
    '\n<z@bounce5.example>: host 127.0.0.1[127.0.0.1] said: 500 5.3.0 Error: command\n    failed (in reply to RCPT TO command)\n\n--',
    'Reporting-MTA: dns; mail.example.test\nOriginal-Envelope-Id: abc+def\nX-Postfix-Queue-ID: ABC\n',
    '\n\nFinal-Recipient: rfc822; hx@hard.example\nOriginal-Recipient: rfc822;hard@va.example\nAction: failed\n',
    '\n\nFinal-Recipient: rfc822; "a b"@hard.example\nOriginal-Recipient: rfc822;orig@x@y.example\nAction: failed\n',
    'Status: 5.3.0\nRemote-MTA: dns; 127.0.0.1\nDiagnostic-Code: smtp; 500 5.3.0 Error: command failed\n\n--',
    'Content-Description: Undelivered Message Headers\nContent-Type: text/rfc822-headers\n',
    'Return-Path: <sender@example.test>\nReceived: by x\nFrom: Sender <sender@example.test>\nSubject: test\n\n--',
  ])
    assert.ok(text.includes(part), `${part}\n--- not in ---\n${text}`);
  assert.doesNotMatch(text, /Body line/);
});

test('NOTIFY decides who is reported', async () => {
  const { never, success, failure, delay } = dsnNotify;
  const recipients = [0, never, success, failure, delay, success | failure].map(
    (notifyBits, index) => bounced(`r${index}@x.example`, { dsnNotify: notifyBits }),
  );
  const reported = async (kind: Notification['kind']): Promise<string[]> => {
    const { texts } = await notify(notification({ kind, recipients }));
    return [...(texts[0] ?? '').matchAll(/Final-Recipient: rfc822; (r\d)@/g)].map(
      ([, name = '']) => name,
    );
  };
  assert.deepEqual(await reported('failure'), ['r0', 'r3', 'r5']);
  assert.deepEqual(await reported('success'), ['r2', 'r5']);
  assert.deepEqual(await reported('delay'), ['r0', 'r4']);
});

test('without anyone to report nothing is sent', async () => {
  const recipients = [bounced('x@y.z', { dsnNotify: dsnNotify.never })];
  const { ids, texts } = await notify(notification({ recipients }));
  assert.deepEqual([ids, texts], [[], []]);
});

test('mail without a sender becomes a double bounce only where notify_classes has 2bounce', async () => {
  assert.deepEqual((await notify(notification({ sender: '' }))).ids, []);
  const { bench, texts, log } = await notify(notification({ sender: '' }), {
    notify_classes: '2bounce',
  });
  const [message] = bench.sink.committed;
  assert.deepEqual(
    [message?.envelope.sender, message?.recipients[0]?.address, message?.recipients[0]?.original],
    ['double-bounce@mail.example.test', 'postmaster@example.test', 'postmaster'],
  );
  assert.match(
    texts[0] ?? '',
    /\nSubject: Postmaster Copy: Undelivered Mail\nTo: postmaster@example\.test\nAuto-Submitted: auto-generated\n/,
  );
  assert.match(texts[0] ?? '', /8bit\n\n\n<x@hard\.example>: go away, you\n/);
  assert.match(texts[0] ?? '', /X-Postfix-Sender: rfc822; MAILER-DAEMON@mail\.example\.test\n/);
  assert.match(texts[0] ?? '', /Return-Path: <MAILER-DAEMON@mail\.example\.test>\n/);
  assert.match(texts[0] ?? '', /\nBody line\n/);
  assert.deepEqual(log.lines, ['info ABC: postmaster non-delivery notification: QID1']);
});

test('VERP: the notification goes to the sender that the recipient knows, and names the plain one', async () => {
  const { bench, texts } = await notify(notification({ to: 'sender+x=hard.example@example.test' }));
  assert.equal(
    bench.sink.committed[0]?.recipients[0]?.address,
    'sender+x=hard.example@example.test',
  );
  assert.match(texts[0] ?? '', /\nTo: sender\+x=hard\.example@example\.test\n/);
  assert.match(texts[0] ?? '', /X-Postfix-Sender: rfc822; sender@example\.test\n/);
});

test('with notify_classes = bounce the postmaster hears of mail without a sender, too', async () => {
  const { log } = await notify(notification({ sender: '' }), { notify_classes: 'bounce' });
  assert.deepEqual(log.lines, ['info ABC: postmaster non-delivery notification: QID1']);
});

test('a notice to the postmaster that comes back is dropped and logged', async () => {
  const { ids, log } = await notify(notification({ sender: 'double-bounce@mail.example.test' }), {
    notify_classes: 'bounce, 2bounce',
  });
  assert.deepEqual(ids, []);
  assert.deepEqual(log.lines, ['warning ABC: undeliverable postmaster notification discarded']);
});

test('the postmaster has copies of what notify_classes names, with headers only', async () => {
  const settings = { notify_classes: 'bounce, delay', delay_notice_recipient: 'late@example.test' };
  const failure = await notify(notification(), settings);
  assert.deepEqual(failure.log.lines, [
    'info ABC: sender non-delivery notification: QID1',
    'info ABC: postmaster non-delivery notification: QID2',
  ]);
  assert.match(failure.texts[1] ?? '', /Subject: Postmaster Copy: Undelivered Mail\n/);
  assert.match(failure.texts[1] ?? '', /Content-Type: text\/rfc822-headers\n/);
  const delay = await notify(notification({ kind: 'delay' }), settings);
  assert.equal(delay.bench.sink.committed[1]?.recipients[0]?.address, 'late@example.test');
  assert.match(delay.texts[1] ?? '', /Subject: Postmaster Warning: Delayed Mail\n/);
});

test('a delay notice says until when it is tried, and carries headers only', async () => {
  const { texts, log } = await notify(
    notification({
      kind: 'delay',
      recipients: [
        bounced(
          'c@closed.example',
          {},
          {
            action: 'deferred',
            dsn: '4.4.1',
            text: 'connect to 127.0.0.1[127.0.0.1]:19627: Connection refused',
          },
        ),
      ],
    }),
    { delay_warning_time: '4h' },
  );
  const text = texts[0] ?? '';
  const until = mailDate(testNow + 5 * 86400 * 1000);
  assert.match(text, /Subject: Delayed Mail \(still being retried\)\n/);
  assert.match(text, /more than 4 hour\(s\)/);
  assert.match(text, /5 day\(s\) old/);
  assert.ok(
    text.includes(
      `Action: delayed\nStatus: 4.4.1\nDiagnostic-Code: X-Postfix; connect to 127.0.0.1[127.0.0.1]:19627: Connection\n    refused\nWill-Retry-Until: ${until}\n`,
    ),
    text,
  );
  assert.doesNotMatch(text, /Body line/);
  assert.deepEqual(log.lines, ['info ABC: sender delay notification: QID1']);
});

test('no one is warned of the delay of a notice', async () => {
  for (const sender of ['', 'double-bounce@mail.example.test'])
    assert.deepEqual((await notify(notification({ kind: 'delay', sender }))).ids, []);
});

test('a report of success tells how far the message got', async () => {
  const recipient = (address: string, delivery: Partial<Delivery>): NotifiedRecipient =>
    bounced(
      address,
      { dsnNotify: dsnNotify.success },
      { action: 'sent', dsn: '2.0.0', ...delivery },
    );
  const { texts, log } = await notify(
    notification({
      kind: 'success',
      recipients: [
        recipient('one@va.example', { text: 'alias expanded', dsnAction: 'expanded' }),
        recipient('a@vm.example', { text: 'delivered to maildir', relay: 'virtual' }),
        recipient('r@plain.example', {
          text: '250 2.0.0 Ok',
          relay: '127.0.0.1[127.0.0.1]:19628',
          dsnAction: 'relayed',
          remoteMta: '127.0.0.1',
          diagnosticType: 'smtp',
          diagnostic: '250 2.0.0 Ok',
        }),
      ],
    }),
  );
  const text = texts[0] ?? '';
  for (const part of [
    'Subject: Successful Mail Delivery Report\n',
    '\n<one@va.example>: alias expanded\n\n<a@vm.example>: delivery via virtual: delivered to maildir\n\n<r@plain.example>: delivery via 127.0.0.1[127.0.0.1]:19628: 250 2.0.0 Ok\n\n--',
    'Action: expanded\nStatus: 2.0.0\nDiagnostic-Code: X-Postfix; alias expanded\n',
    'Action: delivered\nStatus: 2.0.0\nDiagnostic-Code: X-Postfix; delivery via virtual: delivered to maildir\n',
    'Action: relayed\nStatus: 2.0.0\nRemote-MTA: dns; 127.0.0.1\nDiagnostic-Code: smtp; 250 2.0.0 Ok\n',
    'Content-Description: Message Headers\nContent-Type: text/rfc822-headers\n',
  ])
    assert.ok(text.includes(part), `${part}\n--- not in ---\n${text}`);
  assert.deepEqual(log.lines, ['info ABC: sender delivery status notification: QID1']);
});

test('a message above bounce_size_limit goes back with its header only', async () => {
  const { texts } = await notify(notification(), {
    bounce_size_limit: String(original.length - 1),
  });
  assert.match(texts[0] ?? '', /Content-Description: Undelivered Message Headers\n/);
  assert.doesNotMatch(texts[0] ?? '', /Body line/);
});

test('SMTPUTF8 mail is reported in the forms of RFC 6533', async () => {
  const envelope = { ...notification().envelope, smtputf8: true };
  const { texts, bench } = await notify(
    notification({ envelope, recipients: [bounced('grüße@hard.example')] }),
  );
  const text = Buffer.from(texts[0] ?? '', 'latin1').toString();
  for (const part of [
    'Content-Type: message/global-delivery-status\nContent-Transfer-Encoding: 8bit\n\n',
    'Final-Recipient: utf-8; grüße@hard.example\n',
    'Content-Type: message/global\n',
    '<grüße@hard.example>: go away, you\n',
  ])
    assert.ok(text.includes(part), `${part}\n--- not in ---\n${text}`);
  assert.equal(bench.sink.committed[0]?.envelope.smtputf8, true);
});

test('what a remote server says cannot begin a field or a part', async () => {
  const evil = 'no\r\nAction: delivered\n\n--ABC.1795511104/mail.example.test--\n';
  const recipient = bounced('x@y.z', {}, { text: evil, diagnosticType: 'smtp', diagnostic: evil });
  const { texts } = await notify(notification({ recipients: [recipient] }));
  assert.doesNotMatch(texts[0] ?? '', /^Action: delivered/m);
  assert.equal((texts[0] ?? '').match(/^--ABC\.[^\n]*--$/gm)?.length, 1);
});

test('a notice that cannot be queued leaves nothing behind and is reported to the caller', async () => {
  const { cleanup, sink } = cleanupBench();
  sink.failure = new Error('disk on fire');
  const bounce = createBounce({
    settings: testSettings(),
    log: memoryLog(),
    clock: { now: () => testNow } as Clock,
    cleanup,
  });
  await assert.rejects(bounce.notify(notification()), /disk on fire/);
  assert.deepEqual(sink.committed, []);
  assert.ok(sink.aborted.includes('QID1'));
});

test('without SMTPUTF8 a notification is as 8-bit as the original was said to be', async () => {
  const rows = [
    ['', 'us-ascii', []],
    ['7BIT', 'us-ascii', ['7bit']],
    ['8BITMIME', 'utf-8', ['8bit', '8bit', '8bit']],
  ] as const;
  for (const [bodyType, charset, encodings] of rows) {
    const given = notification();
    const { texts } = await notify(
      { ...given, envelope: { ...given.envelope, bodyType } },
      { smtputf8_enable: 'no' },
    );
    const text = texts[0] ?? '';
    assert.ok(text.includes(`charset=${charset}\n`));
    const found = [...text.matchAll(/Content-Transfer-Encoding: (\w+)/g)].map((match) => match[1]);
    assert.deepEqual(found, encodings);
  }
});

test('the postmaster hears of every delay and failure, whatever NOTIFY says', async () => {
  const given = notification({
    recipients: [bounced('x@y.example', { dsnNotify: dsnNotify.never })],
  });
  const { bench } = await notify(given, { notify_classes: 'bounce' });
  assert.deepEqual(
    bench.sink.committed.map(({ recipients }) => recipients[0]?.address),
    ['postmaster@example.test'],
  );
});
