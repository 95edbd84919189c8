import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { UserCommand, UserWorkers } from '../../lib/ipc/conversation/mailbox.js';
import type { DeliveryRequest } from '../../lib/ipc/delivery.js';
import { localClient } from '../../lib/ipc/envelope.js';
import { fakeClock } from '../../testing/fake-clock.js';
import { memoryLog } from '../../testing/memory-log.js';
import { testSettings } from '../../testing/settings.js';
import { AttributeError, parseAttributes } from './attributes.js';
import { rewriteLines } from './line-rewriter.js';
import { expandArguments } from './macros.js';
import { createPipeAgent } from './main.js';
import { unescape } from '../../lib/util/unescape.js';

function request(
  addresses: readonly string[],
  text = 'Subject: x\n\nx\n',
  sender = 'Kenji@Example.Test',
): DeliveryRequest {
  const inline = Buffer.from(text, 'latin1');
  return {
    queueId: 'QID',
    transport: 'vacation',
    nexthop: 'Next.Example',
    envelope: {
      sender,
      arrival: 0,
      client: { ...localClient, name: 'host.example', address: '192.0.2.1', port: 2000 },
      bodyType: '',
      smtputf8: false,
      dsnRet: '',
      dsnEnvid: '',
      contentFilter: '',
      redirectTo: '',
      kind: 'mail',
    },
    recipients: addresses.map((address, index) => ({
      index,
      address,
      original: address,
      dsnNotify: 0,
    })),
    times: { arrival: 0, active: 0, agent: 0 },
    size: inline.length,
    inline,
    async *content() {
      yield inline;
    },
    moreWaiting: false,
    signal: new AbortController().signal,
  };
}

const refusals: readonly (readonly [args: readonly string[], text: string])[] = [
  [['argv=/bin/x'], 'missing user= command-line attribute'],
  [['user=x'], 'missing argv= command-line attribute'],
  [['user=x', 'argv='], 'missing argv= command-line attribute'],
  [['user=x', 'flags=Z', 'argv=y'], 'unknown flag: Z'],
  [['user=x', 'size=1k', 'argv=y'], 'bad size= value: 1k'],
  [['-v', 'user=x', 'argv=y'], 'unknown attribute name: -v'],
];
for (const [args, text] of refusals) {
  test(`${args.join(' ')} is refused: ${text}`, () => {
    assert.throws(
      () => parseAttributes(args),
      (error: unknown) => error instanceof AttributeError && error.message.startsWith(text),
    );
  });
}

test('everything behind argv= belongs to the command', () => {
  const found = parseAttributes(['user=a:b', 'null_sender=', 'argv=/bin/x', 'user=c', '-o', '']);
  assert.deepEqual(found.argv, ['/bin/x', 'user=c', '-o', '']);
  assert.deepEqual([found.user, found.group, found.nullSender], ['a', 'b', '']);
});

test('eol= knows the sequences of C', () => {
  assert.equal(unescape('\\r\\n\\012\\\\x\\q'), '\r\n\n\\x\\q');
});

const expand = (argv: string[], to: string[], flags = '', sender?: string): string[] =>
  expandArguments(
    parseAttributes(['user=x', `flags=${flags}`, 'argv=', ...argv]),
    request(to, undefined, sender),
    '+',
  );

test('an argument that names recipients becomes one for each', () => {
  assert.deepEqual(expand(['-f', '$sender', 'to:${user}', '$(extension)'], ['a+b@c', 'd@e']), [
    '-f',
    'Kenji@Example.Test',
    'to:a',
    'to:d',
    'b',
    '',
  ]);
});

test('a value is never expanded again, and stays one argument', () => {
  assert.deepEqual(expand(['$recipient'], ["$sender `id` '$(id)@c.example"]), [
    "$sender `id` '$(id)@c.example",
  ]);
});

test('flags fold and quote addresses', () => {
  const argv = ['$recipient', '$user', '$domain', '$nexthop', '$sender'];
  assert.deepEqual(expand(argv, ['A b+C@D.E'], 'hqu', ''), [
    '"a b+c"@d.e',
    'a b',
    'd.e',
    'next.example',
    'MAILER-DAEMON',
  ]);
});

test('lines are the same however the content is cut', async () => {
  const lines = fc.array(fc.constantFrom('.', '..x', 'From a', 'Fro', '>From b', '', 'z'));
  await fc.assert(
    fc.asyncProperty(lines, fc.integer({ min: 1, max: 7 }), async (parts, size) => {
      const text = parts.map((part) => `${part}\n`).join('');
      const wanted = parseAttributes(['flags=B.>', 'eol=\\r\\n', 'user=x', 'argv=y']);
      async function* chunks(): AsyncIterable<Uint8Array> {
        for (let at = 0; at < text.length; at += size)
          yield Buffer.from(text.slice(at, at + size), 'latin1');
      }
      let got = '';
      for await (const chunk of rewriteLines(chunks(), wanted))
        got += Buffer.from(chunk).toString('latin1');
      const expected = parts
        .map((part) => `${part.replace(/^\./, '..').replace(/^From /, '>From ')}\r\n`)
        .join('');
      assert.equal(got, `${expected}\r\n`);
    }),
  );
});

interface Ran {
  readonly command: UserCommand;
  readonly text: string;
}

async function run(
  args: readonly string[],
  to: readonly string[],
  text?: string,
): Promise<{ ran: Ran[]; lines: readonly string[] }> {
  const ran: Ran[] = [];
  const log = memoryLog();
  const users: UserWorkers = {
    for: () =>
      Promise.resolve({
        maildir: () => Promise.reject(new Error('not asked for')),
        mbox: () => Promise.reject(new Error('not asked for')),
        readFile: () => Promise.reject(new Error('not asked for')),
        async command(command, message) {
          let content = '';
          for await (const chunk of message.content())
            content += Buffer.from(chunk).toString('latin1');
          ran.push({ command, text: message.prefix + content });
          return { is: 'exited', status: 0, output: '' };
        },
      }),
    close: () => Promise.resolve(),
  };
  const service = { name: 'vacation', args, origin: 'master.cf line 7' };
  const settings = testSettings({ vacation_time_limit: '7s', command_time_limit: '9s' });
  const agent = createPipeAgent({ settings, log, clock: fakeClock(), users, service });
  await agent.deliver(request(to, text));
  return { ran, lines: log.lines };
}

test('the command runs with its own time limit, without a shell, and gets the headers it asked for', async () => {
  const { ran } = await run(['flags=DR', 'user=nobody', 'argv=/bin/x', '$recipient'], ['a@b.c']);
  assert.deepEqual(ran[0]?.command.argv, ['/bin/x', 'a@b.c']);
  assert.equal(ran[0].command.shell, undefined);
  assert.equal(ran[0].command.timeoutMs, 7000);
  assert.equal(
    ran[0].text,
    'Return-Path: <Kenji@Example.Test>\nDelivered-To: a@b.c\nSubject: x\n\nx\n',
  );
});

const deferrals: readonly (readonly [args: readonly string[], line: string])[] = [
  [['user=root', 'argv=/bin/x'], 'user= command-line attribute specifies root privileges'],
  [['user=no-such-user', 'argv=/bin/x'], 'unknown username: no-such-user'],
  [['user=nobody:root', 'argv=/bin/x'], 'specifies privileged group id 0'],
  [['user=nobody', 'argv=/bin/x', '$wrong'], 'unknown macro name: "wrong"'],
  [['user=nobody', 'argv=/bin/x', 'a$ b'], 'empty macro name: "a$ b"'],
];
for (const [args, line] of deferrals) {
  test(`${args.join(' ')} defers mail and says: ${line}`, async () => {
    const { ran, lines } = await run(args, ['a@b.c']);
    assert.equal(ran.length, 0);
    assert.ok(lines.join('\n').includes(line), lines.join('\n'));
    assert.match(lines.at(-1) ?? '', /dsn=4\.3\.5, status=deferred \(mail system configuration/);
  });
}

test('a message that was here before is returned', async () => {
  const { ran, lines } = await run(
    ['flags=D', 'user=nobody', 'argv=/bin/x'],
    ['a@b.c'],
    'Delivered-To: A@b.c\n\nx\n',
  );
  assert.equal(ran.length, 0);
  assert.match(lines.at(-1) ?? '', /dsn=5\.4\.6, status=bounced \(mail forwarding loop for a@b\.c/);
});
