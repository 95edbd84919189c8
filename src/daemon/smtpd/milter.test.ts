import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, test } from 'node:test';
import { packet, strings } from '../../lib/protocol/milter/packet.js';
import { fakeDicts } from '../../testing/fake-dicts.js';
import { type Script, scriptedFilter } from '../../testing/scripted-filter.js';
import { smtpdBench } from '../../testing/smtpd-bench.js';

const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

/** Speaks with a server behind whose `smtpd_milters` this script stands; its replies, one a line sent. */
async function speak(
  script: Script,
  lines: readonly string[],
  settings: Readonly<Record<string, string>> = {},
  maps: Readonly<Record<string, string>> = {},
): Promise<{ replies: string[]; log: string[]; heard: string[] }> {
  const filter = await scriptedFilter(script);
  const bench = await smtpdBench(
    {
      smtpd_milters: `inet:127.0.0.1:${filter.port}`,
      milter_default_action: 'tempfail',
      ...settings,
    },
    { dicts: fakeDicts({ maps }) },
  );
  closers.push(
    () => filter.close(),
    () => bench.close(),
  );
  const socket = net.connect(bench.port, '127.0.0.1');
  let text = '';
  socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
  const replies: string[] = [];
  const reply = async (): Promise<void> => {
    while (!/^\d{3} .*\r\n/m.test(text)) await once(socket, 'data');
    replies.push(text.trim().split('\r\n').at(-1) ?? '');
    text = '';
  };
  await reply();
  for (const line of lines) {
    socket.write(`${line}\r\n`);
    await reply();
  }
  socket.destroy();
  return { replies, log: bench.log.lines, heard: filter.heard };
}

const opening = ['EHLO client.example', 'MAIL FROM:<a@b.example>', 'RCPT TO:<c@example.test>'];
const answerTo =
  (letter: string, ...answer: Buffer[]): Script =>
  (asked) =>
    asked === letter ? answer : undefined;

test('a filter refuses a recipient in its own words', async () => {
  const { replies, log } = await speak(
    answerTo('R', packet('y', strings('550 5.1.1 gone'))),
    opening,
  );
  assert.equal(replies.at(-1), '550 5.1.1 gone');
  assert.ok(
    log.includes(
      'info NOQUEUE: milter-reject: RCPT from unknown[127.0.0.1]: 550 5.1.1 gone; from=<a@b.example> to=<c@example.test> proto=ESMTP helo=<client.example>',
    ),
  );
});

test('a refused connection is greeted with 554, and all that follows is refused', async () => {
  const { replies } = await speak(answerTo('C', packet('r')), [...opening, 'VRFY c', 'NOOP']);
  assert.deepEqual(
    replies.map((line) => line.slice(0, 3)),
    ['554', '250', '550', '503', '550', '250'],
  );
});

test('smtpd_milter_maps have the last word on the filters of a client', async () => {
  const rows = [
    [{ '127.0.0.1': 'DISABLE' }, '250'],
    [{ '127.0.0.1': '{ inet:127.0.0.1:1, default_action=reject }' }, '550'],
    [{}, '451'],
  ] as const;
  for (const [maps, code] of rows) {
    const { replies } = await speak(
      answerTo('M', packet('t')),
      opening.slice(0, 2),
      { smtpd_milter_maps: 'fake:maps' },
      maps,
    );
    assert.equal(replies.at(-1)?.slice(0, 3), code);
  }
});

test('receive_override_options = no_milters asks no filter', async () => {
  const { replies, heard } = await speak(answerTo('M', packet('r')), opening, {
    receive_override_options: 'no_milters',
  });
  assert.deepEqual([replies.at(-1)?.slice(0, 3), heard], ['250', []]);
});
