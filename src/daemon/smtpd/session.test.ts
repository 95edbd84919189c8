import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, test } from 'node:test';
import type { Cleanup } from '../../lib/ipc/conversation/cleanup.js';
import { systemClock } from '../../lib/sys/clock.js';
import { createTlsSource } from '../../lib/tls/material.js';
import { fakeDicts } from '../../testing/fake-dicts.js';
import { fakeDns } from '../../testing/fake-dns.js';
import { memoryLog, type MemoryLog } from '../../testing/memory-log.js';
import { testSettings } from '../../testing/settings.js';
import { createSmtpd, type SmtpdService } from './main.js';

interface Queued {
  readonly sender: string;
  readonly recipients: string[];
  text: string;
}

interface Server {
  readonly port: number;
  readonly log: MemoryLog;
  readonly queued: Queued[];
  /** Messages begun that were neither queued nor aborted. */
  readonly open: () => number;
  readonly smtpd: SmtpdService;
  /** Sessions that anvil counts as connected. */
  readonly connected: () => number;
}

const servers: net.Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

const defaults = {
  compatibility_level: '3.6',
  mydestination: 'example.test',
  smtpd_peername_lookup: 'no',
  local_recipient_maps: '',
  smtpd_error_sleep_time: '0',
  mynetworks: '192.0.2.0/24',
};

const tables = {
  filter: { 'hi c': 'EHLO c' },
  keywords: { '127.0.0.1': 'pipelining, dsn, chunking' },
  access: { 'warn@x.test': 'WARN look', 'hold@x.test': 'HOLD', 'later@x.test': 'DEFER_IF_PERMIT' },
};

/** A server on a free port. The client is a stranger, and example.test is ours. */
async function start(
  settings: Readonly<Record<string, string>> = {},
  counts = { connections: 1, connectionRate: 1 },
): Promise<Server> {
  const [log, queued] = [memoryLog(), [] as Queued[]];
  let open = 0;
  let connected = 0;
  const cleanup: Cleanup = {
    open({ sender }) {
      const message: Queued = { sender, recipients: [], text: '' };
      let isOpen = true;
      open += 1;
      const end = (): void => {
        if (isOpen) open -= 1;
        isOpen = false;
      };
      return {
        queueId: 'QID',
        recipient: ({ address }) => void message.recipients.push(address),
        decide: () => undefined,
        content: (chunk) => void (message.text += Buffer.from(chunk).toString('latin1')),
        async finish() {
          assert.ok(isOpen, 'finish after the end');
          end();
          queued.push(message);
          return { is: 'queued', queueId: 'QID', size: message.text.length };
        },
        async abort() {
          end();
        },
      };
    },
  };
  const smtpd = createSmtpd({
    settings: testSettings({ ...defaults, ...settings }),
    service: 'smtp',
    log,
    clock: systemClock,
    resolver: fakeDns(),
    dicts: fakeDicts(tables),
    cleanup,
    rewrite: {
      rewrite: (address) => address,
      async resolve(recipient) {
        const domain = recipient.slice(recipient.indexOf('@') + 1);
        const addressClass = domain === 'example.test' ? 'local' : 'default';
        if (domain === 'broken.test') return { is: 'try-again', reason: 'out of order' };
        const [transport, nexthop] =
          domain === 'error.test' ? ['error', '5.2.1 moved away'] : ['smtp', domain];
        return { is: 'route', transport, nexthop, recipient, addressClass, reason: '' };
      },
    },
    anvil: {
      connect() {
        connected += 1;
        return counts;
      },
      disconnect: () => void (connected -= 1),
      message: () => 1,
      recipient: () => 1,
      newTlsSession: () => 1,
      tlsSessionRate: () => 1,
      auth: () => 1,
      authFailure: () => 0,
    },
    tlsSource: createTlsSource(),
    queueManager: {
      arrived: () => undefined,
      flushAll: () => undefined,
      flushOne: () => undefined,
      flushSite: () => undefined,
      changed: () => undefined,
    },
  });
  const server = net.createServer({ allowHalfOpen: true }, (socket) => smtpd.accept(socket));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  return { port, log, queued, open: () => open, smtpd, connected: () => connected };
}

class Client {
  readonly socket: net.Socket;
  #text = '';
  #wake = (): void => undefined;
  readonly closed: Promise<void>;

  constructor(port: number) {
    this.socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.closed = new Promise((resolve) => this.socket.on('end', resolve).on('close', resolve));
    this.socket.on('error', () => undefined);
    this.socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text;
      this.#wake();
    });
  }

  /** The next reply, lines joined by `|`. */
  async reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(this.#text);
      if (match) {
        this.#text = this.#text.slice(match[0].length);
        return match[0].trimEnd().replaceAll('\r\n', '|');
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Sends lines one by one, and gives the reply to each. */
  async say(...lines: string[]): Promise<string[]> {
    const replies: string[] = [];
    for (const line of lines) {
      this.socket.write(`${line}\r\n`, 'latin1');
      replies.push(await this.reply());
    }
    return replies;
  }

  /** Everything until the server hangs up. */
  async rest(): Promise<string> {
    await this.closed;
    this.socket.destroy();
    return this.#text;
  }
}

/** A client that was greeted. */
async function connect({ port }: Server): Promise<Client> {
  const client = new Client(port);
  assert.match(await client.reply(), /^220 /);
  return client;
}

async function quit(client: Client): Promise<void> {
  assert.deepEqual(await client.say('QUIT'), ['221 2.0.0 Bye']);
  await client.rest();
}

/** Waits until the log has the line. */
async function logged({ log }: Server, line: RegExp): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (log.lines.some((one) => line.test(one))) return;
    await systemClock.sleep(5);
  }
  assert.fail(`no line ${String(line)} in\n${log.lines.join('\n')}`);
}

const envelope = ['EHLO c', 'MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.test>'];

test('the greeting names the server, and EHLO what it can do, in order', async () => {
  const server = await start({ message_size_limit: '5000' });
  const client = new Client(server.port);
  assert.equal(await client.reply(), '220 mail.example.test ESMTP Postfix');
  assert.deepEqual(await client.say('EHLO client.example.org', 'HELO client.example.org'), [
    [
      '250-mail.example.test',
      'PIPELINING',
      'SIZE 5000',
      'VRFY',
      'ETRN',
      'ENHANCEDSTATUSCODES',
      '8BITMIME',
      'DSN',
      'SMTPUTF8',
      'CHUNKING',
    ]
      .join('|250-')
      .replace('250-CHUNKING', '250 CHUNKING'),
    '250 mail.example.test',
  ]);
  await quit(client);
});

test('keywords that smtpd_discard_ehlo_keywords names are not offered', async () => {
  const server = await start({ smtpd_discard_ehlo_keywords: 'chunking, dsn, silent-discard' });
  const client = await connect(server);
  const [offers] = await client.say('EHLO c');
  assert.doesNotMatch(offers ?? '', /CHUNKING|DSN/);
  await quit(client);
});

test('a message is queued as it was sent, and counted when the client leaves', async () => {
  const server = await start();
  const client = await connect(server);
  const replies = await client.say(
    ...envelope,
    'DATA',
    'Subject: x\r\n\r\n..dot\r\n.',
    'NOOP',
    'RSET',
  );
  assert.deepEqual(replies.slice(1), [
    '250 2.1.0 Ok',
    '250 2.1.5 Ok',
    '354 End data with <CR><LF>.<CR><LF>',
    '250 2.0.0 Ok: queued as QID',
    '250 2.0.0 Ok',
    '250 2.0.0 Ok',
  ]);
  await quit(client);
  assert.deepEqual(server.queued, [
    { sender: 'a@example.org', recipients: ['b@example.test'], text: 'Subject: x\n\n.dot\n' },
  ]);
  assert.deepEqual(server.log.lines, [
    'info connect from unknown[127.0.0.1]',
    'info QID: client=unknown[127.0.0.1]',
    'info disconnect from unknown[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=1 rset=1 noop=1 quit=1 commands=7',
  ]);
  assert.equal(server.connected(), 0);
});

test('pipelined commands are answered in order', async () => {
  const server = await start();
  const client = await connect(server);
  await client.say('EHLO c');
  client.socket.write(`${[...envelope.slice(1), 'DATA'].join('\r\n')}\r\n`);
  for (const expected of [/^250 2\.1\.0/, /^250 2\.1\.5/, /^354 /])
    assert.match(await client.reply(), expected);
  client.socket.write('x\r\n.\r\nQUIT\r\n');
  assert.match(await client.rest(), /^250 2\.0\.0 Ok: queued as QID\r\n221 2\.0\.0 Bye\r\n$/);
});

test('commands sent ahead of the answer to EHLO end the session', async () => {
  const server = await start();
  const client = await connect(server);
  client.socket.write('EHLO c\r\nMAIL FROM:<a@example.org>\r\n');
  assert.equal(await client.reply(), '554 5.5.0 Error: SMTP protocol synchronization');
  await client.rest();
  await logged(server, /^info improper command pipelining after EHLO from unknown/);
});

test('a client that sends everything and closes its side gets its mail through', async () => {
  const server = await start({ smtpd_forbid_unauth_pipelining: 'no' });
  const client = await connect(server);
  await client.say('EHLO c');
  client.socket.end(`${[...envelope.slice(1), 'DATA', 'x', '.'].join('\r\n')}\r\n`);
  assert.match(await client.rest(), /250 2\.0\.0 Ok: queued as QID\r\n$/);
  assert.equal(server.queued.length, 1);
  await logged(server, /^info disconnect .* data=1 commands=4$/);
});

test('strangers cannot relay, and the log says what they tried', async () => {
  const server = await start();
  const client = await connect(server);
  const replies = await client.say('EHLO c', 'MAIL FROM:<a@example.org>', 'RCPT TO:<b@other.test>');
  assert.equal(replies[2], '454 4.7.1 <b@other.test>: Relay access denied');
  assert.deepEqual(await client.say('DATA'), ['554 5.5.1 Error: no valid recipients']);
  await quit(client);
  await logged(
    server,
    /^info NOQUEUE: reject: RCPT from unknown\[127\.0\.0\.1\]: 454 4\.7\.1 <b@other\.test>: Relay access denied; from=<a@example\.org> to=<b@other\.test> proto=ESMTP helo=<c>$/,
  );
  await logged(server, /ehlo=1 mail=1 rcpt=0\/1 data=0\/1 quit=1 commands=3\/5$/);
});

test('too many errors end the session', async () => {
  const server = await start({ smtpd_hard_error_limit: '3' });
  const client = await connect(server);
  const replies = await client.say('X1', 'X2', 'X3');
  assert.ok(replies.every((reply) => reply.startsWith('500 5.5.2 ')));
  assert.equal(await client.reply(), '421 4.7.0 mail.example.test Error: too many errors');
  await client.rest();
  assert.deepEqual(server.log.lines.slice(1), [
    'info too many errors after UNKNOWN from unknown[127.0.0.1]',
    'info disconnect from unknown[127.0.0.1] unknown=0/3 commands=0/3',
  ]);
});

test('a message that is too big is refused, announced or not', async () => {
  const server = await start({ message_size_limit: '1000' });
  const client = await connect(server);
  const announced = await client.say('EHLO c', 'MAIL FROM:<a@example.org> SIZE=1001');
  assert.equal(announced[1], '552 5.3.4 Message size exceeds fixed limit');
  const replies = await client.say(...envelope, 'DATA', `${'x'.repeat(1200)}\r\n.`);
  assert.equal(replies.at(-1), '552 5.3.4 Error: message file too big');
  await quit(client);
  assert.deepEqual(server.queued, []);
  assert.equal(server.open(), 0);
});

test('recipients above the limit are to come again', async () => {
  const server = await start({ smtpd_recipient_limit: '2' });
  const client = await connect(server);
  const replies = await client.say(
    ...envelope,
    'RCPT TO:<c@example.test>',
    'RCPT TO:<d@example.test>',
    'DATA',
    'x\r\n.',
  );
  assert.equal(replies[4], '452 4.5.3 Error: too many recipients');
  assert.deepEqual(server.queued[0]?.recipients, ['b@example.test', 'c@example.test']);
  await quit(client);
});

for (const [where, lines, line] of [
  ['at the beginning', [], /^info lost connection after CONNECT from unknown/],
  ['after RCPT', envelope, /^info lost connection after RCPT from unknown/],
  ['within DATA', [...envelope, 'DATA'], /^info lost connection after DATA \(4 bytes\) from unk/],
] as const) {
  test(`a client that leaves ${where} leaves a line in the log, and nothing else`, async () => {
    const server = await start();
    const client = await connect(server);
    await client.say(...lines);
    client.socket.end(lines.length > 3 ? 'xy\r\n' : '');
    await logged(server, line);
    await logged(server, /^info disconnect from unknown\[127\.0\.0\.1\]/);
    assert.deepEqual(server.queued, []);
    assert.equal(server.open(), 0);
    assert.equal(server.connected(), 0);
    client.socket.destroy();
  });
}

test('a client that resets the connection leaves a line, too', async () => {
  const server = await start();
  const client = await connect(server);
  await client.say(...envelope);
  client.socket.resetAndDestroy();
  await logged(server, /^info lost connection after RCPT from/);
  assert.equal(server.open(), 0);
});

test('a client that leaves during the greeting is forgotten', async () => {
  const server = await start({ smtpd_peername_lookup: 'yes' });
  const client = new Client(server.port);
  client.socket.end();
  await client.rest();
  await logged(server, /^info disconnect from/);
  assert.equal(server.connected(), 0);
});

test('a silent client is told of the timeout', async () => {
  const server = await start({ smtpd_timeout: '1s' });
  const client = await connect(server);
  assert.equal(await client.reply(), '421 4.4.2 mail.example.test Error: timeout exceeded');
  await client.rest();
  await logged(server, /^info timeout after CONNECT from unknown\[127\.0\.0\.1\]$/);
});

test('a table in trouble ends the session, not the server', async () => {
  const server = await start(
    { smtpd_client_connection_rate_limit: '1', smtpd_client_event_limit_exceptions: 'broken:x' },
    { connections: 1, connectionRate: 2 },
  );
  const client = new Client(server.port);
  assert.equal(await client.reply(), '421 4.3.0 mail.example.test Error: internal error');
  await client.rest();
  await logged(server, /^warning .*broken:x/);
  assert.equal(server.connected(), 0);
});

test('a client with too many connections is turned away', async () => {
  const server = await start(
    { smtpd_client_connection_count_limit: '1' },
    { connections: 2, connectionRate: 2 },
  );
  const client = new Client(server.port);
  assert.match(await client.reply(), /^421 4\.7\.0 .* too many connections from 127\.0\.0\.1$/);
  await client.rest();
  await logged(server, /^warning Connection concurrency limit exceeded: 2 from unknown/);
});

test('at a drain idle sessions say goodbye, and a message under way is finished', async () => {
  const server = await start();
  const [idle, busy] = [await connect(server), await connect(server)];
  await busy.say(...envelope, 'DATA');
  const drained = server.smtpd.drain(false);
  assert.match(await idle.reply(), /^421 4\.3\.2 mail\.example\.test Service not available/);
  busy.socket.write('x\r\n.\r\n');
  assert.equal(await busy.reply(), '250 2.0.0 Ok: queued as QID');
  assert.match(await busy.reply(), /^421 4\.3\.2 /);
  await drained;
  idle.socket.destroy();
  busy.socket.destroy();
});

test('a drain during the greeting ends the session after it', async () => {
  const server = await start();
  const client = new Client(server.port);
  await logged(server, /^info connect/);
  const drained = server.smtpd.drain(false);
  assert.match(await client.reply(), /^220 |^421 /);
  await drained;
  client.socket.destroy();
});

const insider = { mynetworks: '127.0.0.0/8' };
const strict = { smtpd_forbid_unauth_pipelining: 'yes' };

test('commands sent ahead without EHLO end the session, and the log shows them', async () => {
  const server = await start(strict);
  const client = await connect(server);
  await client.say('HELO c');
  client.socket.write('MAIL FROM:<a@x.test>\r\nRCPT TO:<b@example.test>\r\n');
  assert.match(await client.rest(), /^554 5\.5\.0 Error: SMTP protocol synchronization\r\n$/);
  await logged(
    server,
    /improper command pipelining after MAIL from .*: RCPT TO:<b@example\.test>\\r\\n$/,
  );
});

test('reject_unauth_pipelining refuses who was seen sending ahead', async () => {
  const server = await start({
    smtpd_forbid_unauth_pipelining: 'no',
    smtpd_data_restrictions: 'reject_unauth_pipelining',
  });
  const client = await connect(server);
  client.socket.write('HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@example.test>\r\nDATA\r\n');
  for (let index = 0; index < 3; index += 1) await client.reply();
  assert.equal(
    await client.reply(),
    '503 5.5.0 <DATA>: Data command rejected: Improper use of SMTP command pipelining',
  );
  await quit(client);
});

test('a recipient that the error transport would refuse is refused at RCPT', async () => {
  const server = await start(insider);
  const client = await connect(server);
  const replies = await client.say(
    ...envelope,
    'RCPT TO:<c@error.test>',
    'RCPT TO:<c@broken.test>',
  );
  assert.deepEqual(replies.slice(3), [
    '550 5.2.1 <c@error.test>: Recipient address rejected: moved away',
    '451 4.3.0 <c@broken.test>: Temporary lookup failure',
  ]);
  await quit(client);
});

test('who was refused at connect may only say QUIT', async () => {
  const server = await start({ smtpd_delay_reject: 'no', smtpd_client_restrictions: 'reject' });
  const client = new Client(server.port);
  assert.match(await client.reply(), /^554 5\.7\.1 /);
  const denied = '503 5.7.0 Error: access denied for unknown[127.0.0.1]';
  assert.deepEqual(await client.say('EHLO c', 'NOOP', 'HELP'), [denied, denied, denied]);
  await quit(client);
  await logged(server, /ehlo=0\/1 noop=0\/1 quit=1 unknown=0\/1 commands=1\/4$/);
});

test('VRFY and ETRN meet the restrictions of the client', async () => {
  const server = await start({ smtpd_client_restrictions: 'reject' });
  const client = await connect(server);
  const [, vrfy, etrn] = await client.say('EHLO c', 'VRFY b@example.test', 'ETRN example.test');
  const refused = '554 5.7.1 <unknown[127.0.0.1]>: Client host rejected: Access denied';
  assert.deepEqual([vrfy, etrn], [refused, refused]);
  await quit(client);
  await logged(server, /NOQUEUE: reject: VRFY from .*; to=<b@example\.test> proto=ESMTP helo=<c>$/);
});

test('soft_bounce turns refusals into deferrals, in reply and log', async () => {
  const server = await start({ soft_bounce: 'yes' });
  const client = await connect(server);
  const replies = await client.say(
    'EHLO c',
    'BOGUS',
    'MAIL FROM:<a@x.test>',
    'RCPT TO:<b@far.test>',
  );
  assert.equal(replies[1], '400 4.5.2 Error: command not recognized');
  await quit(client);
  await logged(server, /reject: RCPT .*: 454 4\.7\.1 <b@far\.test>: Relay access denied/);
});

test('smtpd_command_filter replaces commands, keywords may depend on the address', async () => {
  const server = await start({
    smtpd_command_filter: 'test:filter',
    smtpd_discard_ehlo_keyword_address_maps: 'test:keywords',
  });
  const client = await connect(server);
  const [hello = '', mail, bdat] = await client.say(
    'HI c',
    'MAIL FROM:<a@x.test> RET=FULL',
    'BDAT 3',
  );
  assert.doesNotMatch(hello, /PIPELINING|DSN|CHUNKING/);
  assert.equal(mail, '501 5.7.1 DSN support is disabled');
  assert.equal(bdat, '521 5.5.1 Error: command not implemented');
  await client.rest();
  await logged(server, /^info unknown\[127\.0\.0\.1\]: replacing command "HI c" with "EHLO c"$/);
  await logged(server, /^info discarding EHLO keywords: PIPELINING DSN CHUNKING$/);
});

test('what access tables note stands in the log with the envelope', async () => {
  const server = await start({ smtpd_sender_restrictions: 'check_sender_access test:access' });
  const client = await connect(server);
  await client.say('EHLO c', 'MAIL FROM:<warn@x.test>', 'RCPT TO:<b@example.test>', 'RSET');
  await client.say(
    'MAIL FROM:<hold@x.test>',
    'RCPT TO:<b@example.test>',
    'RCPT TO:<c@example.test>',
  );
  const [, , later] = await client.say(
    'RSET',
    'MAIL FROM:<later@x.test>',
    'RCPT TO:<b@example.test>',
  );
  assert.equal(later, '450 4.7.1 <later@x.test>: Sender address rejected: Service unavailable');
  await quit(client);
  const envelopeOf = (sender: string): string =>
    `; from=<${sender}@x.test> to=<b@example.test> proto=ESMTP helo=<c>`;
  const notes = server.log.lines.filter((line) => /: (warn|hold): /.test(line));
  assert.deepEqual(notes, [
    `info NOQUEUE: warn: RCPT from unknown[127.0.0.1]: look${envelopeOf('warn')}`,
    `info NOQUEUE: hold: RCPT from unknown[127.0.0.1]: <hold@x.test>: Sender address triggers HOLD action${envelopeOf('hold')}`,
  ]);
});

test('lines that are no commands are answered, and count as none', async () => {
  const server = await start({ smtpd_noop_commands: 'XNOOP' });
  const client = await connect(server);
  assert.deepEqual(await client.say('', '\xff\xfe', 'XNOOP', 'EHLO a\x07b'), [
    '500 5.5.2 Error: bad syntax',
    '500 5.5.2 Error: bad UTF-8 syntax',
    '250 2.0.0 Ok',
    (await client.say('EHLO c'))[0],
  ]);
  assert.deepEqual(await client.say('NOOP \0x', 'NOOP x\rQUIT'), [
    '500 5.5.2 Error: control characters in command',
    '500 5.5.2 Error: control characters in command',
  ]);
  await quit(client);
  await logged(server, /ehlo=2 quit=1 unknown=0\/2 commands=3\/5$/);
});

test('BDAT counts line ends as two, and chunks beyond the limit are refused at once', async () => {
  const server = await start({ message_size_limit: '100' });
  const client = await connect(server);
  const replies = await client.say(...envelope, 'BDAT 5\r\na\nb');
  assert.equal(replies.at(-1), '250 2.0.0 Ok: 5 bytes');
  client.socket.write('BDAT 1 LAST\r\nc');
  assert.equal(await client.reply(), '250 2.0.0 Ok: 9 bytes queued as QID');
  await client.say(...envelope.slice(1));
  client.socket.write(`BDAT 200 LAST\r\n${'x'.repeat(200)}`);
  assert.equal(await client.reply(), '552 5.3.4 Chunk exceeds message size limit');
  await quit(client);
});

test('with smtpd_delay_open_until_valid_rcpt off a message has its name from MAIL on', async () => {
  const server = await start({ smtpd_delay_open_until_valid_rcpt: 'no' });
  const client = await connect(server);
  await client.say('EHLO c', 'MAIL FROM:<a@x.test>', 'RCPT TO:<b@far.test>', 'RSET');
  await quit(client);
  await logged(server, /QID: reject: RCPT .*: 454 4\.7\.1 <b@far\.test>: Relay access denied/);
  assert.equal(server.open(), 0);
});
