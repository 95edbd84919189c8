import assert from 'node:assert/strict';
import test from 'node:test';
import { mailDate } from '../../lib/sys/mail-date.js';
import { cleanupBench, testNow, to } from '../../testing/cleanup-bench.js';

const content = 'From: a@b.c\nTo: x@y.z\nMessage-Id: <i@d>\nDate: x\n\nbody\n';

test('a committed message is told to the queue manager; one on hold is not', async () => {
  const { put, arrived, sink } = cleanupBench();
  await put({ content });
  await put({ content, decision: { hold: true } });
  assert.deepEqual(arrived, ['QID1']);
  assert.deepEqual(
    sink.committed.map(({ hold }) => hold),
    [false, true],
  );
});

test('a discarded message is answered as queued, and nothing is kept', async () => {
  const { put, arrived, sink } = cleanupBench();
  const result = await put({ content, decision: { discard: true } });
  assert.equal(result.is, 'queued');
  assert.deepEqual([sink.committed, arrived, sink.aborted], [[], [], ['QID1']]);
});

test('Received: comes first, then what restrictions prepend', async () => {
  const { put, sink } = cleanupBench();
  await put({ content, options: { prepend: ['X-Checked: yes'] } });
  const received = `Received: by mail.example.test (Postfix)\n\tid QID1; ${mailDate(testNow)}\n`;
  assert.ok(sink.committed[0]?.text.startsWith(`${received}X-Checked: yes\nFrom: a@b.c\n`));
});

test('Received: names the recipient only when it is the only one', async () => {
  const { put, sink } = cleanupBench();
  const received = (queueId: string, recipient: string | undefined): string =>
    `id ${queueId}${recipient === undefined ? '\n\t' : `\n\tfor <${recipient}>`}`;
  await put({ content, options: { received } });
  await put({ content, options: { received }, recipients: [to('a@x.y'), to('b@x.y')] });
  const lines = sink.committed.map(({ text }) => text.slice(0, text.indexOf('\nFrom')));
  assert.deepEqual(lines, [
    `Received: id QID1\n\tfor <a@vm.example>; ${mailDate(testNow)}`,
    `Received: id QID2;\n\t${mailDate(testNow)}`,
  ]);
});

test('every message has a message-id line in the log', async () => {
  const rows: readonly (readonly [string, boolean, ...string[]])[] = [
    ['Message-Id: <a@b>\n\nb\n', true, 'message-id=<a@b>'],
    ['Message-Id:\n <folded@id>\n\nb\n', false, 'message-id=<folded@id>'],
    ['Subject: s\n\nb\n', false, 'message-id=<>'],
    ['Subject: s\n\nb\n', true, 'message-id=<20261124090504.QID1@mail.example.test>'],
    ['Resent-From: a@b.c\n\nb\n', false, 'message-id=<>'],
    [
      'Resent-From: a@b.c\n\nb\n',
      true,
      'resent-message-id=<20261124090504.QID1@mail.example.test>',
      'message-id=<>',
    ],
  ];
  for (const [text, localRewrite, ...expected] of rows) {
    const { put, log } = cleanupBench();
    await put({ content: text, options: { localRewrite } });
    assert.deepEqual(
      log.lines,
      expected.map((line) => `info QID1: ${line}`),
    );
  }
});

test('a message that passed too many servers is refused and logged', async () => {
  const { put, log } = cleanupBench({ hopcount_limit: '5' });
  const hops = (count: number): string => 'Received: x\n'.repeat(count) + content;
  assert.equal((await put({ content: hops(3) })).is, 'queued');
  const result = await put({ content: hops(4) });
  assert.deepEqual(result, {
    is: 'refused',
    queueId: 'QID2',
    code: 554,
    enhanced: '5.4.0',
    text: 'too many hops',
  });
  assert.ok(log.lines.includes('warning QID2: message rejected: hopcount exceeded'));
});

test('message_size_limit holds for mail, not for what we make ourselves', async () => {
  const { put } = cleanupBench({ message_size_limit: '500' });
  const big = `${content}${'line\n'.repeat(200)}`;
  const result = await put({ content: big, pieces: 100 });
  assert.equal(result.is === 'refused' && result.code, 552);
  const bounce = await put({ content: big, envelope: { kind: 'bounce', sender: '' } });
  assert.equal(bounce.is, 'queued');
});

test('without recipients a message is refused', async () => {
  const { put } = cleanupBench();
  const result = await put({ content, recipients: [] });
  assert.deepEqual(result.is === 'refused' && [result.code, result.enhanced], [550, '5.1.0']);
});

test('sendmail -t takes recipients from the header, and Bcc: does not go on', async () => {
  const { put, sink } = cleanupBench();
  await put({
    content: 'To: a@x.y, joe (c)\nCc: "q q"@x.y, <a@x.y>\nBcc: secret@x.y\n\nb\n',
    recipients: [],
    options: { extractRecipients: true },
  });
  assert.deepEqual(
    sink.committed[0]?.recipients.map(({ address, original }) => `${address} (${original})`),
    ['a@x.y (a@x.y)', 'joe@example.test (joe)', 'q q@x.y (q q@x.y)', 'secret@x.y (secret@x.y)'],
  );
  assert.ok(sink.committed.every(({ text }) => !text.includes('secret')));
});

test('sendmail -t with Resent- fields takes those alone', async () => {
  const { put, sink } = cleanupBench();
  await put({
    content: 'To: zz@x.y\nResent-To: a@x.y\nResent-Bcc: b@x.y\n\nb\n',
    recipients: [],
    options: { extractRecipients: true },
  });
  assert.deepEqual(
    sink.committed[0]?.recipients.map(({ address }) => address),
    ['a@x.y', 'b@x.y'],
  );
});

test('a missing From: is made of sender and full name', async () => {
  const rows: readonly (readonly [sender: string, fullName: string, from: string])[] = [
    ['fs@x.example', '', 'fs@x.example'],
    ['fs@x.example', 'Joe User', 'Joe User <fs@x.example>'],
    ['fs@x.example', 'J. "Q" Us\\er', '"J. \\"Q\\" Us\\\\er" <fs@x.example>'],
    ['fs@x.example', 'a@b', '"a@b" <fs@x.example>'],
    ['fs@x.example', 'a\nBcc: evil@x', '"a Bcc: evil@x" <fs@x.example>'],
    ['', 'Joe', 'MAILER-DAEMON'],
  ];
  for (const [sender, fullName, from] of rows) {
    const { put, sink } = cleanupBench();
    await put({ content: 'Subject: s\n\nb\n', envelope: { sender }, options: { fullName } });
    assert.ok(sink.committed[0]?.text.includes(`\nFrom: ${from}\n`), sink.committed[0]?.text);
  }
});

test('undisclosed_recipients_header stands in where no one is named openly', async () => {
  const { put, sink } = cleanupBench({
    undisclosed_recipients_header: 'To: undisclosed-recipients:;',
  });
  await put({ content: 'From: a@b.c\n\nb\n' });
  await put({ content: 'From: a@b.c\nBcc: x@y.z\n\nb\n' });
  assert.deepEqual(
    sink.committed.map(({ text }) => text.includes('\nTo: undisclosed-recipients:;\n')),
    [true, true],
  );
});

test('stray carriage returns become blanks, in the header and in the body, however cut', async () => {
  for (const pieces of [1, 3, 1000]) {
    const { put, sink } = cleanupBench();
    await put({ content: 'Subject: a\rb\r\n\nbo\rdy\r\r\nend\r', pieces });
    const text = sink.committed[0]?.text ?? '';
    assert.ok(text.includes('\nSubject: a b\n'), text);
    assert.ok(text.endsWith('\n\nbo dy\nend \n'), JSON.stringify(text));
  }
});

test('a body line beyond header_size_limit is not taken for a header, and nothing of it is lost', async () => {
  for (const pieces of [17, 5000]) {
    const { put, sink } = cleanupBench({ header_size_limit: '1000' });
    const line = 'word '.repeat(900);
    await put({ content: `${line}\nnext\n`, pieces });
    assert.ok(sink.committed[0]?.text.endsWith(`\n\n${line}\nnext\n`));
  }
});

test('a header field beyond header_size_limit loses the end of its first line, or whole lines', async () => {
  const { put, sink } = cleanupBench({ header_size_limit: '1000' });
  await put({ content: `X-Long: ${'x'.repeat(5000)}\nSubject: s\n\nb\n`, pieces: 64 });
  const text = sink.committed[0]?.text ?? '';
  assert.match(text, /\nX-Long: x{992}\nSubject: s\n/);
  await put({ content: `X-A: a\n ${'b'.repeat(900)}\n ${'c'.repeat(900)}\nSubject: s\n\nb\n` });
  assert.match(sink.committed[1]?.text ?? '', /\nX-A: a\n b{900}\nSubject: s\n/);
});

test('local mail with addresses beyond ASCII is marked for SMTPUTF8', async () => {
  const { put, sink } = cleanupBench({ smtputf8_enable: 'yes' });
  const local = {
    client: { name: '', reverseName: '', address: '', port: 0, helo: '', protocol: '' },
  };
  const recipients = [to('gr\u00fc\u00dfe@x.example')];
  await put({ content, recipients, envelope: local });
  await put({ content, recipients });
  assert.deepEqual(
    sink.committed.map(({ envelope }) => envelope.smtputf8),
    [true, false],
  );
  assert.equal(sink.committed[0]?.recipients[0]?.address, 'gr\u00fc\u00dfe@x.example');
});

test('addresses beyond ASCII stand in the header as UTF-8', async () => {
  const { put, sink } = cleanupBench();
  await put({ content: 'Subject: s\n\nb\n', envelope: { sender: 'gr\u00fc\u00dfe@x.example' } });
  const bytes = Buffer.from(sink.committed[0]?.text ?? '', 'latin1');
  assert.ok(bytes.toString().includes('\nFrom: gr\u00fc\u00dfe@x.example\n'));
});

test('header_from_format = obsolete puts the full name into a comment behind the address', async () => {
  const rows: readonly (readonly [fullName: string, from: string])[] = [
    ['J. R. Foo', 'From: joe@x.example (J. R. Foo)'],
    ['Foo (Bar)', 'From: joe@x.example (Foo (Bar))'],
    ['evil) Bcc: (x', 'From: joe@x.example (evil\\) Bcc: \\(x)'],
    ['', 'From: joe@x.example'],
  ];
  for (const [fullName, from] of rows) {
    const { put, sink } = cleanupBench({ header_from_format: 'obsolete' });
    await put({
      content: 'Subject: s\n\nb\n',
      envelope: { sender: 'joe@x.example' },
      options: { fullName },
    });
    assert.ok(sink.committed[0]?.text.includes(`\n${from}\n`), sink.committed[0]?.text);
  }
});
