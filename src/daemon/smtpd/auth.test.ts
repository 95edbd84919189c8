import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { buildSasldb } from '../../lib/auth/sasldb.js';
import { systemClock } from '../../lib/sys/clock.js';
import { createTlsSource } from '../../lib/tls/material.js';
import { fakeDicts } from '../../testing/fake-dicts.js';
import { fakeDns } from '../../testing/fake-dns.js';
import { memoryLog, type MemoryLog } from '../../testing/memory-log.js';
import { testSettings } from '../../testing/settings.js';
import { createSmtpd } from './main.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'auth-test-'));
writeFileSync(
  path.join(folder, 'smtpd.conf'),
  `pwcheck_method: auxprop\nsasldb_path: ${folder}/sasldb2\n`,
);
const account = (user: string, realm: string, password: string) => ({
  user,
  realm,
  property: 'userPassword',
  value: Buffer.from(password),
});
writeFileSync(
  path.join(folder, 'sasldb2'),
  Buffer.concat(
    buildSasldb([account('ann', 'mail.example.test', 'pw1'), account('bob', 'other.test', 'pw2')]),
  ),
);
const servers: net.Server[] = [];
after(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

const settings = {
  compatibility_level: '3.6',
  mydestination: 'example.test',
  smtpd_peername_lookup: 'no',
  local_recipient_maps: '',
  smtpd_error_sleep_time: '0',
  mynetworks: '192.0.2.0/24',
  smtpd_sasl_auth_enable: 'yes',
  broken_sasl_auth_clients: 'yes',
  cyrus_sasl_config_path: folder,
  smtpd_sasl_mechanism_filter: 'plain, login',
};

/** Says the lines to a new server; its replies, each on one line, and its log. */
async function say(
  lines: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly replies: string[]; readonly log: MemoryLog; readonly received: string[] }> {
  const log = memoryLog();
  const received: string[] = [];
  let failures = 0;
  const smtpd = createSmtpd({
    settings: testSettings({ ...settings, ...more }),
    service: 'smtp',
    log,
    clock: systemClock,
    resolver: fakeDns(),
    dicts: fakeDicts({ owners: { 'a@b.test': 'ann', 'c@b.test': 'someone' } }),
    cleanup: {
      open: (_envelope, { received: text }) => {
        received.push(text('QID', 'x@far.test'));
        return {
          queueId: 'QID',
          recipient: () => undefined,
          decide: () => undefined,
          content: () => undefined,
          finish: async () => ({ is: 'queued', queueId: 'QID', size: 1 }),
          abort: async () => undefined,
        };
      },
    },
    rewrite: {
      rewrite: (address) => address,
      async resolve(recipient) {
        const [transport, nexthop] = ['smtp', 'far.test'];
        return { is: 'route', transport, nexthop, recipient, addressClass: 'default', reason: '' };
      },
    },
    anvil: {
      connect: () => ({ connections: 1, connectionRate: 1 }),
      disconnect: () => undefined,
      message: () => 1,
      recipient: () => 1,
      newTlsSession: () => 1,
      tlsSessionRate: () => 1,
      auth: () => 1,
      authFailure: (_service, _address, count) => (failures += count),
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
  const socket = net.connect({ port, host: '127.0.0.1' });
  socket.setEncoding('latin1');
  const waiting = [...lines];
  const replies: string[] = [];
  let text = '';
  socket.on('data', (chunk: string) => {
    text += chunk;
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(text);
      if (!match) return;
      text = text.slice(match[0].length);
      replies.push(match[0].trimEnd().replaceAll('\r\n', '|'));
      const next = waiting.shift();
      if (next === undefined) socket.end();
      else socket.write(`${next}\r\n`, 'latin1');
    }
  });
  await once(socket, 'close');
  return { replies: replies.slice(1), log, received };
}

const base64 = (given: string): string => Buffer.from(given).toString('base64');
const plain = (user: string, password: string): string =>
  `AUTH PLAIN ${base64(`\0${user}\0${password}`)}`;
const ok = '235 2.7.0 Authentication successful';
const wrong = '535 5.7.8 Error: authentication failed: authentication failure';

test('EHLO shows the mechanisms, twice for old programs', async () => {
  const { replies } = await say(['EHLO x']);
  assert.match(replies[0] ?? '', /250-AUTH PLAIN LOGIN\|250-AUTH=PLAIN LOGIN/);
});

test('who has logged in may relay, and is named in log and header', async () => {
  const { replies, log, received } = await say(
    ['EHLO x', plain('ann', 'pw1'), 'MAIL FROM:<a@b.test> AUTH=<>', 'RCPT TO:<x@far.test>'],
    { smtpd_sasl_authenticated_header: 'yes' },
  );
  assert.deepEqual(replies.slice(1), [ok, '250 2.1.0 Ok', '250 2.1.5 Ok']);
  assert.ok(
    log.lines.includes('info QID: client=unknown[127.0.0.1], sasl_method=PLAIN, sasl_username=ann'),
  );
  assert.match(
    received[0] ?? '',
    /\n\t\(Authenticated sender: ann\)\n\tby mail\.example\.test \(Postfix\) with ESMTPA id QID/,
  );
});

test('who has not may not', async () => {
  const { replies } = await say(['EHLO x', 'MAIL FROM:<a@b.test>', 'RCPT TO:<x@far.test>']);
  assert.match(replies[2] ?? '', /^454 4\.7\.1 .*Relay access denied/);
});

test('a wrong password and an unknown user get the same answer, and fail2ban its line', async () => {
  const { replies, log } = await say(['EHLO x', plain('ann', 'pw2'), plain('nobody', 'pw1')]);
  assert.deepEqual(replies.slice(1), [wrong, wrong]);
  assert.ok(
    log.lines.includes(
      'warning unknown[127.0.0.1]: SASL PLAIN authentication failed: authentication failure, sasl_username=ann',
    ),
  );
});

test('the realm is part of the name where it is not that of the host', async () => {
  const { replies } = await say(['EHLO x', plain('bob', 'pw2'), plain('bob@other.test', 'pw2')]);
  assert.deepEqual(replies.slice(1), [wrong, ok]);
  const local = await say(['EHLO x', plain('bob', 'pw2')], {
    smtpd_sasl_local_domain: 'other.test',
  });
  assert.equal(local.replies[1], ok);
});

test('an exchange is cancelled by *, and its lines are no commands', async () => {
  const { replies } = await say(['EHLO x', 'AUTH LOGIN', '*', 'AUTH LOGIN', 'NOOP', base64('x')]);
  assert.deepEqual(replies.slice(1), [
    '334 VXNlcm5hbWU6',
    '501 5.7.0 Authentication aborted',
    '334 VXNlcm5hbWU6',
    '334 UGFzc3dvcmQ6', // NOOP is base64, too
    wrong,
  ]);
});

test('what is not base64, or too long, ends the exchange and not the session', async () => {
  const { replies } = await say([
    'EHLO x',
    'AUTH PLAIN',
    '!',
    'AUTH PLAIN',
    'A'.repeat(13000),
    'NOOP',
  ]);
  assert.deepEqual(
    replies.slice(1),
    [
      '334 ',
      '535 5.7.8 Error: authentication failed: another step is needed in authentication',
      '334 ',
      '500 5.5.6 SASL response limit exceeded',
      '250 2.0.0 Ok',
    ].map((line) => line.trimEnd()),
  );
});

test('AUTH has its place: not within a transaction, not twice, not where it is off', async () => {
  const inside = await say(['EHLO x', 'MAIL FROM:<>', plain('ann', 'pw1')]);
  assert.equal(inside.replies[2], '503 5.5.1 Error: MAIL transaction in progress');
  const twice = await say(['EHLO x', plain('ann', 'pw1'), plain('ann', 'pw1')]);
  assert.equal(twice.replies[2], '503 5.5.1 Error: already authenticated');
  const off = await say(['EHLO x', plain('ann', 'pw1')], { smtpd_tls_auth_only: 'yes' });
  assert.doesNotMatch(off.replies[0] ?? '', /AUTH/);
  assert.equal(off.replies[1], '503 5.5.1 Error: authentication not enabled');
});

test('a mechanism that the security options forbid, or that is unknown, is refused', async () => {
  const { replies } = await say(['EHLO x', plain('ann', 'pw1'), 'AUTH NONE'], {
    smtpd_sasl_security_options: 'noanonymous, noplaintext',
  });
  assert.deepEqual(replies.slice(1), [
    '535 5.7.8 Error: authentication failed: encryption needed to use mechanism',
    '535 5.7.8 Error: authentication failed: no mechanism available',
  ]);
});

test('after some failures a client must wait, right password or not', async () => {
  const { replies } = await say(
    ['EHLO x', plain('ann', 'a'), plain('ann', 'b'), plain('ann', 'pw1')],
    {
      smtpd_client_auth_failure_limit: '2',
    },
  );
  assert.equal(replies[3], '450 4.7.1 Error: too many failed logins from 127.0.0.1');
});

test('a sender address belongs to its owner', async () => {
  const rows: [login: string | undefined, sender: string, answer: RegExp][] = [
    ['ann', 'a@b.test', /^250/],
    ['ann', 'c@b.test', /^553 5\.7\.1 <c@b\.test>: .*: not owned by user ann$/],
    ['ann', '', /^250/],
    [undefined, 'a@b.test', /^553 5\.7\.1 <a@b\.test>: .*: not logged in$/],
  ];
  for (const [login, sender, answer] of rows) {
    const { replies } = await say(
      [
        'EHLO x',
        ...(login === undefined ? [] : [plain(login, 'pw1')]),
        `MAIL FROM:<${sender}>`,
        'RCPT TO:<x@example.test>',
      ],
      {
        smtpd_sender_login_maps: 'test:owners',
        smtpd_sender_restrictions: 'reject_sender_login_mismatch',
        smtpd_reject_unlisted_recipient: 'no',
      },
    );
    assert.match(replies.at(-1) ?? '', answer, `${login ?? 'nobody'} as <${sender}>`);
  }
});
