import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noOverrides } from '../../lib/ipc/conversation/cleanup.js';
import { cleanupBench, to } from '../../testing/cleanup-bench.js';

const tables = {
  h: {
    'subject: spam': 'REJECT 5.7.9 no spam',
    'subject: elsewhere': 'REDIRECT x@other.example',
    'subject: scan': 'FILTER scan:[127.0.0.1]:1',
    'subject: copy': 'BCC copy@example.test',
    'x-old: yes': 'REPLACE X-New: yes',
    'x-gone: yes': 'IGNORE',
  },
  m: { 'x-part: yes': 'PREPEND X-Seen: part' },
  b: { old: 'REPLACE new', gone: 'IGNORE', virus: 'REJECT', here: 'PREPEND before' },
};
const settings = {
  header_checks: 'hash:h',
  mime_header_checks: 'hash:m',
  nested_header_checks: '',
  body_checks: 'hash:b',
};
const mail = (subject: string, body: string, more = ''): string =>
  `From: a@b.example\nSubject: ${subject}\nX-Old: yes\nX-Gone: yes\n${more}\n${body}`;
const parts = 'Content-Type: multipart/mixed; boundary=b\n';

test('fields and lines are changed wherever the content is cut', async () => {
  const body = 'old\n--b\nX-Part: yes\n\ngone\nhere\n--b--\nold';
  const texts = new Set<string>();
  for (const pieces of [1000, 13, 1]) {
    const { put, sink } = cleanupBench(settings, tables);
    assert.equal((await put({ content: mail('x', body, parts), pieces })).is, 'queued');
    texts.add(sink.committed[0]?.text ?? '');
  }
  assert.equal(texts.size, 1);
  const [text = ''] = texts;
  assert.match(text, /\nSubject: x\nX-New: yes\nContent-Type: multipart/);
  assert.match(text, /\n\nnew\n--b\nX-Seen: part\nX-Part: yes\n\nbefore\nhere\n--b--\nnew\n$/);
});

test('a refusal is what the client is told, in the words of the table', async () => {
  const { put, sink, log } = cleanupBench(settings, tables);
  const result = await put({ content: mail('spam', 'virus\n') });
  assert.equal(result.is, 'refused');
  assert.deepEqual(result.reply, { code: 550, enhanced: '5.7.9', lines: ['no spam'] });
  assert.equal(sink.committed.length, 0);
  assert.equal(
    log.lines.find((line) => line.includes('reject:')),
    'info QID1: reject: header Subject: spam from unknown[127.0.0.1]; from=<sender@example.test> to=<a@vm.example> proto=ESMTP: 5.7.9 no spam',
  );
});

test('REDIRECT, FILTER and BCC change the envelope', async () => {
  const { put, sink } = cleanupBench(settings, tables);
  const recipients = [to('one@vm.example'), to('two@vm.example')];
  for (const subject of ['elsewhere', 'scan', 'copy'])
    await put({ content: mail(subject, 'x\n'), recipients });
  const [redirected, filtered, copied] = sink.committed;
  const addresses = (message: typeof copied): string[] | undefined =>
    message?.recipients.map(({ address }) => address);
  assert.deepEqual(addresses(redirected), ['x@other.example']);
  assert.equal(filtered?.envelope.contentFilter, 'scan:[127.0.0.1]:1');
  assert.deepEqual(addresses(copied), ['one@vm.example', 'two@vm.example', 'copy@example.test']);
});

test('a table in trouble defers the message, and is no broken connection', async () => {
  const { put, log } = cleanupBench({ ...settings, body_checks: 'broken:x' }, tables);
  const result = await put({ content: mail('x', 'one\ntwo\n'), pieces: 5 });
  assert.equal(result.is === 'refused' && result.code, 451);
  assert.match(log.lines.join('\n'), /body_checks map lookup problem/);
});

test('no_header_body_checks leaves all as it is', async () => {
  const { put, sink } = cleanupBench(settings, tables);
  const overrides = { ...noOverrides, noHeaderBodyChecks: true };
  await put({ content: mail('spam', 'virus\n'), options: { overrides } });
  assert.match(sink.committed[0]?.text ?? '', /\nX-Gone: yes\n[^]*\nvirus\n$/);
});

test('characters are refused or taken out', async () => {
  const rules = { message_reject_characters: '\\0', message_strip_characters: '\\001\\002' };
  const { put, sink, log } = cleanupBench(rules, tables);
  await put({ content: mail('a\x01b', 'x\x02y\n'), pieces: 3 });
  assert.match(sink.committed[0]?.text ?? '', /\nSubject: ab\n[^]*\nxy\n$/);
  const refused = await put({ content: mail('x', 'fine\nsome \0 here\n'), pieces: 7 });
  assert.equal(refused.is === 'refused' && refused.text, 'disallowed character');
  assert.match(log.lines.join('\n'), /reject: content some {2}from unknown/);
});
