import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { numbers, packet, strings } from '../../lib/protocol/milter/packet.js';
import { type CleanupBench, cleanupBench, type Given, to } from '../../testing/cleanup-bench.js';
import type { FakeTables } from '../../testing/fake-dicts.js';
import { type Script, type ScriptedFilter, scriptedFilter } from '../../testing/scripted-filter.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const folder = temporaryFolder();
mkdirSync(path.join(folder, 'spool'));
const filters: ScriptedFilter[] = [];
after(() => {
  for (const filter of filters) filter.close();
});

/** A cleanup whose non_smtpd_milters are filters that follow these scripts. */
async function bench(
  scripts: readonly Script[],
  settings: Readonly<Record<string, string>> = {},
  tables: FakeTables = {},
): Promise<CleanupBench & { readonly heard: string[][] }> {
  const own = await Promise.all(scripts.map((script) => scriptedFilter(script)));
  filters.push(...own);
  const list = own.map(({ port }) => `inet:127.0.0.1:${port}`).join(' ');
  const made = cleanupBench({ non_smtpd_milters: list, ...settings }, tables, folder);
  return { ...made, heard: own.map(({ heard }) => heard) };
}

const content = 'From: a@b.c\nTo: x@y.z\nMessage-Id: <i@d>\nDate: x\nX-A: one\nX-A: two\n\nbody\n';
const given: Given = { content, recipients: [to('a@example.test'), to('b@example.test')] };

const atEnd =
  (...answers: readonly Buffer[]): Script =>
  (letter) =>
    letter === 'E' ? [...answers, packet('c')] : undefined;

const withoutReceived = (text: string | undefined): string =>
  (text ?? '').replace(/^Received: [^\n]*\n(?:[ \t][^\n]*\n)*/m, '');

test('a filter of our own hears of a session from localhost, and sees the finished message', async () => {
  const { put, heard } = await bench([() => undefined]);
  await put(given);
  assert.deepEqual(heard[0]?.slice(1), [
    'C localhost\x004\0\x00127.0.0.1\0',
    'H localhost\0',
    'M sender@example.test\0',
    'R a@example.test\0',
    'R b@example.test\0',
    'T ',
    'L From\0a@b.c\0',
    'L To\0x@y.z\0',
    'L Message-Id\0<i@d>\0',
    'L Date\0x\0',
    'L X-A\0one\0',
    'L X-A\0two\0',
    'N ',
    'B body\r\n',
    'E ',
  ]);
});

test('mail that came by SMTP, and what overrides say, does not go to filters of our own', async () => {
  const { put, heard, sink } = await bench([() => undefined]);
  await put({ ...given, options: { milters: 'none' } });
  const overrides = {
    noAddressMappings: false,
    noHeaderBodyChecks: false,
    noUnknownRecipientChecks: false,
    noMilters: true,
  };
  await put({ ...given, options: { overrides } });
  assert.deepEqual([heard[0], sink.committed.length], [[], 2]);
});

test('fields are added, put in, changed and removed; ours on top is not touched', async () => {
  const { put, sink } = await bench([
    atEnd(
      packet('i', numbers(0), strings('X-Top', 't')),
      packet('i', numbers(2), strings('X-Below', 'b')),
      packet('h', strings('X-Last', 'l')),
      packet('m', numbers(2), strings('x-a', 'changed')),
      packet('m', numbers(1), strings('X-A', '')),
      packet('m', numbers(1), strings('Received', 'of a filter')),
      packet('m', numbers(3), strings('X-None', '')),
    ),
  ]);
  await put(given);
  const text = sink.committed[0]?.text ?? '';
  assert.match(text, /^X-Top: t\nReceived: by mail\.example\.test/);
  assert.equal(
    withoutReceived(text),
    'X-Top: t\nX-Below: b\nFrom: a@b.c\nTo: x@y.z\nMessage-Id: <i@d>\nDate: x\nx-a: changed\n' +
      'X-Last: l\nReceived: of a filter\n\nbody\n',
  );
});

test('a later filter sees what an earlier one changed', async () => {
  const { put, heard } = await bench([
    atEnd(
      packet('h', strings('X-First', 'yes')),
      packet('b', Buffer.from('new\r')),
      packet('b', Buffer.from('\nbody')),
    ),
    () => undefined,
  ]);
  await put(given);
  assert.ok(heard[1]?.includes('L X-First\0yes\0'));
  assert.ok(heard[1]?.includes('B new\r\nbody\r\n'));
});

test('a large message is filtered without a copy in memory, and its body may be replaced', async () => {
  const big = 'line\n'.repeat(100_000);
  const half = Buffer.from('LINE\r\n'.repeat(5000));
  const kept = await bench([() => undefined]);
  await kept.put({ ...given, content: content + big, pieces: 60_000 });
  assert.ok(kept.sink.committed[0]?.text.endsWith(`\n\nbody\n${big}`));
  const replaced = await bench([atEnd(...Array.from({ length: 10 }, () => packet('b', half)))]);
  await replaced.put(given);
  assert.ok(replaced.sink.committed[0]?.text.endsWith(`\n\n${'LINE\n'.repeat(50_000)}`));
});

test('sender and recipients are changed; what is added goes through aliases', async () => {
  const { put, sink } = await bench(
    [
      atEnd(
        packet('e', strings('<new@other.example>', 'RET=HDRS ENVID=a+2Bb')),
        packet('-', strings('<a@example.test>')),
        packet('+', strings('<alias@example.test>')),
        packet('2', strings('<c@other.example>', 'NOTIFY=NEVER')),
        packet('+', strings('<broken')),
      ),
    ],
    { virtual_alias_maps: 'fake:aliases' },
    { aliases: { 'alias@example.test': 'target@other.example' } },
  );
  await put(given);
  const { envelope, recipients } = sink.committed[0] ?? {};
  assert.deepEqual(
    [envelope?.sender, envelope?.dsnRet, envelope?.dsnEnvid],
    ['new@other.example', 'HDRS', 'a+b'],
  );
  assert.deepEqual(
    recipients?.map(({ address, dsnNotify }) => [address, dsnNotify]),
    [
      ['b@example.test', 0],
      ['target@other.example', 0],
      ['c@other.example', 1],
    ],
  );
});

test('refusals, quarantine and discard are obeyed and logged', async () => {
  const rows: readonly (readonly [Buffer, unknown, string])[] = [
    [
      packet('r'),
      550,
      'milter-reject: END-OF-MESSAGE from unknown[127.0.0.1]: 5.7.1 Command rejected',
    ],
    [
      packet('t'),
      451,
      'milter-reject: END-OF-MESSAGE from unknown[127.0.0.1]: 4.7.1 Service unavailable - try again later',
    ],
    [
      packet('y', strings('554 5.6.0 spam')),
      554,
      'milter-reject: END-OF-MESSAGE from unknown[127.0.0.1]: 5.6.0 spam',
    ],
    [
      packet('d'),
      'dropped',
      'milter-discard: END-OF-MESSAGE from unknown[127.0.0.1]: milter triggers DISCARD action',
    ],
    [
      packet('q', strings('x')),
      'held',
      'milter-hold: END-OF-MESSAGE from unknown[127.0.0.1]: milter triggers HOLD action',
    ],
  ];
  for (const [answer, expected, line] of rows) {
    const { put, log, sink } = await bench([atEnd(answer)]);
    const result = await put(given);
    const [committed] = sink.committed;
    const became = committed ? (committed.hold ? 'held' : 'queued') : 'dropped';
    assert.equal(result.is === 'refused' ? result.code : became, expected);
    const tail = '; from=<sender@example.test> to=<b@example.test> proto=ESMTP';
    assert.equal(log.lines.at(-1), `info QID1: ${line}${tail}`);
  }
});

test('a filter may not refuse one recipient where no one can be told', async () => {
  const { put, log } = await bench([(letter) => (letter === 'R' ? [packet('r')] : undefined)]);
  const result = await put(given);
  assert.equal(result.is === 'refused' && result.code, 451);
  assert.match(log.lines.at(-2) ?? '', /can't reject recipient in non-smtpd\(8\) submission/);
});

test('milter_header_checks look at what filters add', async () => {
  const { put, log, sink } = await bench(
    [
      atEnd(
        packet('h', strings('X-Ignore', 'v')),
        packet('h', strings('X-Replace', 'v')),
        packet('h', strings('X-Hold', 'v')),
        packet('h', strings('X-Warn', 'v')),
      ),
      (letter) =>
        letter === 'E' ? [packet('h', strings('X-Reject', 'v')), packet('c')] : undefined,
    ],
    { milter_header_checks: 'fake:checks' },
    {
      checks: {
        'x-ignore: v': 'IGNORE',
        'x-replace: v': 'REPLACE X-New: w',
        'x-hold: v': 'HOLD wait',
        'x-warn: v': 'WARN careful',
        'x-reject: v': 'REJECT 4.7.0 not now',
      },
    },
  );
  const result = await put(given);
  assert.deepEqual(result.is === 'refused' && [result.code, result.enhanced, result.text], [
    451,
    '4.7.0',
    'not now',
  ]);
  assert.equal(sink.committed.length, 0);
  const from =
    'from unknown[127.0.0.1]; from=<sender@example.test> to=<b@example.test> proto=ESMTP';
  assert.deepEqual(
    log.lines.filter((line) => line.includes('milter')),
    [
      `info QID1: milter-header-replace: header X-Replace: v ${from}: X-New: w`,
      `info QID1: milter-header-hold: header X-Hold: v ${from}: wait`,
      `info QID1: milter-header-warning: header X-Warn: v ${from}: careful`,
      `info QID1: milter-header-reject: header X-Reject: v ${from}: 4.7.0 not now`,
    ],
  );
});

test('a header too big to wait for filters is refused', async () => {
  const { put } = await bench([() => undefined]);
  const fields = `X-Much: ${'x'.repeat(900)}\n`.repeat(1300);
  const result = await put({ ...given, content: fields + content, pieces: 60_000 });
  assert.equal(result.is === 'refused' && result.code, 552);
});
