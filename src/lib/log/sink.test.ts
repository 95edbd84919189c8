import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanText } from './clean.js';
import { jsonFormat, syslogFormat } from './format.js';
import { createLog } from './log.js';
import { batchingSink } from './sink.js';

test('a line from outside cannot start a second line or move the terminal', () => {
  assert.equal(cleanText('a\r\nb\u001b[2Jc\u0085d\u2028e\u202ef'), 'a??b?[2Jc?d?e?f');
  assert.equal(cleanText('飛脚 ok'), '飛脚 ok');
  assert.equal(cleanText('\ud800x'), '?x');
});

test('lines of one turn are written together and in order', async () => {
  const batches: string[] = [];
  const sink = batchingSink(syslogFormat('host', 7), (text, done) => {
    batches.push(text);
    setImmediate(done, null);
  });
  const log = createLog(sink, 'postfix/smtpd', () => 0);
  log.info('one');
  log.warning('two');
  await sink.flush();
  assert.equal(batches.length, 1);
  const lines = (batches[0] ?? '').split('\n');
  assert.match(
    lines[0] ?? '',
    /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d host postfix\/smtpd\[7\]: one$/,
  );
  assert.match(lines[1] ?? '', /: warning: two$/);
});

test('lines that could not be written are counted and said', async () => {
  let fail = true;
  let written = '';
  const sink = batchingSink(syslogFormat('host', 7), (text, done) => {
    if (!fail) written += text;
    done(fail ? new Error('ENOSPC') : null);
  });
  const log = createLog(sink, 'postfix/smtpd', () => 0);
  log.info('one');
  log.info('two');
  await sink.flush();
  fail = false;
  log.info('three');
  await sink.flush();
  await sink.flush();
  assert.match(written, /three\n.*2 log lines were lost/s);
});

test('the JSON form names the queue id', () => {
  const line = jsonFormat('host', 7).line({
    time: 0,
    severity: 'info',
    program: 'postfix/qmgr',
    text: '3F1A22C0D5: removed',
  });
  assert.equal((JSON.parse(line) as { queue_id: string }).queue_id, '3F1A22C0D5');
});
