import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { FilteredMessage, MilterVerdict } from '../ipc/conversation/milters.js';
import { numbers, packet, strings } from '../protocol/milter/packet.js';
import { systemClock } from '../sys/clock.js';
import { memoryLog, type MemoryLog } from '../../testing/memory-log.js';
import { type Script, scriptedFilter, type ScriptedFilter } from '../../testing/scripted-filter.js';
import { testSettings } from '../../testing/settings.js';
import { createMilterService } from './service.js';
import type { MilterSession } from './session.js';

const filters: ScriptedFilter[] = [];
after(() => {
  for (const filter of filters) filter.close();
});

const client = { name: 'client.example', address: '192.0.2.1', port: 4711 };

async function start(
  scripts: readonly (Script | 'down')[],
  given: Readonly<Record<string, string>> = {},
  options = 0,
): Promise<{ session: MilterSession; heard: string[][]; log: MemoryLog }> {
  const log = memoryLog();
  const ports: number[] = [];
  const heard: string[][] = [];
  for (const script of scripts) {
    if (script === 'down') ports.push(1);
    else {
      const filter = await scriptedFilter(script, options);
      filters.push(filter);
      ports.push(filter.port);
      heard.push(filter.heard);
    }
  }
  const settings = testSettings({ milter_default_action: 'tempfail', ...given });
  const list = ports.map((port) => `inet:127.0.0.1:${port}`).join(', ');
  const service = createMilterService(list, {
    settings,
    log,
    clock: systemClock,
    queueDirectory: '/nowhere',
  });
  return { session: service.open((name) => `<${name}>`), heard, log };
}

const goOn: Script = () => undefined;

function message(changes: string[] = [], body = 'hello\n'): FilteredMessage {
  const note = async (text: string): Promise<undefined> => void changes.push(text);
  return {
    queueId: 'QID',
    fields: () => [
      { label: 'From', value: ' a@b' },
      { label: 'Subject', value: '  two\n folded' },
    ],
    body: () => [Buffer.from(body)],
    addHeader: (text) => note(`add ${text}`),
    insertHeader: (index, text) => note(`insert ${index} ${text}`),
    changeHeader: (index, name, text) => note(`change ${index} ${name} ${String(text)}`),
    changeSender: (address) => void changes.push(`sender ${address}`),
    addRecipient: (address) => note(`to ${address}`),
    deleteRecipient: (address) => void changes.push(`not to ${address}`),
    replaceBody: (chunk) => void changes.push(`body ${Buffer.from(chunk).toString()}`),
    endBody: (isWhole) => note(`end ${String(isWhole)}`),
  };
}

/** MAIL, RCPT, DATA. */
async function open(session: MilterSession): Promise<void> {
  assert.equal(await session.connect(client), undefined);
  assert.equal(await session.helo('client.example'), undefined);
  assert.equal(await session.mail(['<a@b>', 'SIZE=1']), undefined);
  assert.equal(await session.rcpt(['<c@d>']), undefined);
  assert.equal(await session.data(), undefined);
}

const code = (verdict: MilterVerdict | undefined): unknown =>
  verdict?.is === 'reply' ? verdict.reply.code : verdict?.is;

test('a filter hears of the session and the message in order', async () => {
  const { session, heard } = await start([goOn]);
  await open(session);
  assert.equal(await session.inspect(message(), () => undefined), undefined);
  session.end();
  for (let waited = 0; waited < 1000 && heard[0]?.at(-1) !== 'Q '; waited += 1) await turn();
  assert.deepEqual(heard[0]?.slice(1), [
    'C client.example\x004\x12\x67192.0.2.1\0',
    'H client.example\0',
    'M <a@b>\0SIZE=1\0',
    'R <c@d>\0',
    'T ',
    'L From\0a@b\0',
    'L Subject\0 two\n folded\0',
    'N ',
    'B hello\r\n',
    'E ',
    'A ',
    'Q ',
  ]);
});

test('the first filter that refuses is the answer, and later ones are not asked', async () => {
  const refuse: Script = (letter) =>
    letter === 'M' ? [packet('y', strings('550 5.7.1 no'))] : undefined;
  const { session, heard } = await start([refuse, goOn]);
  await session.connect(client);
  const verdict = await session.mail(['<a@b>']);
  assert.deepEqual(verdict, {
    is: 'reply',
    reply: { code: 550, enhanced: '5.7.1', lines: ['no'] },
  });
  assert.ok(!(heard[1] ?? []).some((line) => line.startsWith('M')));
});

test('a refusal of the client is the answer to all that follows', async () => {
  const { session } = await start([(letter) => (letter === 'H' ? [packet('r')] : undefined)]);
  assert.equal(await session.connect(client), undefined);
  assert.equal(code(await session.helo('x')), 550);
  assert.equal(code(await session.mail(['<a@b>'])), 550);
  assert.equal(code(session.standing), 550);
});

test('a filter that accepts a message is asked about the next one', async () => {
  const { session, heard } = await start([
    (letter) => (letter === 'M' ? [packet('a')] : undefined),
  ]);
  await session.connect(client);
  await session.mail(['<a@b>']);
  await session.rcpt(['<c@d>']);
  assert.equal(session.wantsContent, false);
  session.abort();
  await session.mail(['<e@f>']);
  assert.deepEqual(
    heard[0]?.filter((line) => /^[MRA]/.test(line)),
    ['M <a@b>\0', 'A ', 'M <e@f>\0'],
  );
});

test('changes are applied as they come, and quarantine holds the message', async () => {
  const { session } = await start([
    (letter) =>
      letter === 'E'
        ? [
            packet('h', strings('X-A', 'one\nX-Injected: no\r\n\r\nbody')),
            packet('i', numbers(0), strings('X-Top', 'v')),
            packet('m', numbers(0), strings('Subject', '')),
            packet('p'),
            packet('b', Buffer.from('new')),
            packet('e', strings('<x@y>')),
            packet('+', strings('<p@q>')),
            packet('-', strings('<c@d>')),
            packet('q', strings('why')),
            packet('c'),
          ]
        : undefined,
  ]);
  await open(session);
  const changes: string[] = [];
  const decided: unknown[] = [];
  const verdict = await session.inspect(message(changes), (one) => decided.push(one.is));
  assert.deepEqual(verdict, { is: 'hold' });
  assert.deepEqual(decided, ['hold']);
  assert.deepEqual(changes, [
    'add X-A: one\n\tX-Injected: no\n\t\n\tbody',
    'insert 0 X-Top: v',
    'change 1 Subject undefined',
    'body new',
    'sender <x@y>',
    'to <p@q>',
    'not to <c@d>',
    'end true',
  ]);
});

test('a filter that cannot be reached, or goes away, counts as its default action says', async () => {
  const rows = [
    ['accept', undefined],
    ['reject', 550],
    ['tempfail', 451],
    ['quarantine', 'hold'],
    ['shutdown', 'shutdown'],
  ] as const;
  for (const [action, expected] of rows) {
    const { session, log } = await start(['down'], { milter_default_action: action });
    assert.equal(code(await session.connect(client)), expected, action);
    assert.deepEqual(log.lines, [
      'warning connect to Milter service inet:127.0.0.1:1: Connection refused',
    ]);
  }
  const { session } = await start([(letter) => (letter === 'M' ? 'close' : undefined)]);
  await session.connect(client);
  assert.equal(code(await session.mail(['<a@b>'])), 451);
  assert.equal(code(await session.rcpt(['<c@d>'])), 451);
});

test('a filter that says nothing is given up after its time limit', async () => {
  const { session, log } = await start([(letter) => (letter === 'M' ? 'silence' : undefined)], {
    milter_command_timeout: '1',
  });
  await session.connect(client);
  assert.equal(code(await session.mail(['<a@b>'])), 451);
  assert.match(log.lines[0] ?? '', /SMFIC_MAIL reply packet header: Connection timed out$/);
});

test('a filter that talks nonsense is given up', async () => {
  for (const bytes of [
    packet('Z'),
    packet('c', Buffer.from('x')),
    Buffer.from('\xff\xff\xff\xffc', 'latin1'),
  ]) {
    const { session, log } = await start([(letter) => (letter === 'M' ? [bytes] : undefined)]);
    await session.connect(client);
    assert.equal(code(await session.mail(['<a@b>'])), 451);
    assert.equal(log.lines.length, 1);
    session.end();
  }
});

test('a client that leaves does not get its message past the filters', async () => {
  const { session } = await start([(letter) => (letter === 'E' ? [packet('r')] : undefined)], {
    milter_default_action: 'accept',
  });
  await open(session);
  const inspecting = session.inspect(message(), () => session.end());
  session.end();
  assert.equal(code(await inspecting), 550);
  assert.equal(code(await session.inspect(message(), () => undefined)), 451);
});

test('a filter that has heard enough of a body gets no more of it', async () => {
  const { session, heard } = await start(
    [(letter) => (letter === 'B' ? [packet('s')] : undefined)],
    {},
    0x400,
  );
  await open(session);
  await session.inspect(message([], 'a line\n'.repeat(30_000)), () => undefined);
  const pieces = (heard[0] ?? []).filter((line) => line.startsWith('B'));
  assert.equal(pieces.length, 1);
  assert.equal(heard[0]?.at(-1), 'E ');
});
