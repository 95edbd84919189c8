import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  type BenchOptions,
  type ClientBench,
  clientBench,
} from '../../testing/smtp-client-bench.js';
import { type Script, type SmtpPeer, startSmtpPeer } from '../../testing/smtp-peer.js';

async function peerOf(context: TestContext, script: Script = {}): Promise<SmtpPeer> {
  const peer = await startSmtpPeer(script);
  context.after(() => peer.close());
  return peer;
}

function benchOf(context: TestContext, options: BenchOptions = {}): ClientBench {
  const bench = clientBench(options);
  context.after(() => bench.agent.close());
  return bench;
}

const at = (peer: SmtpPeer): string => `[127.0.0.1]:${peer.port}`;
/** Waits for what the other side does in its own time. */
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !condition(); tries += 1) await pause(10);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A port where nobody listens. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const host = '127.0.0.1[127.0.0.1]';
const queued = '250 2.0.0 Ok: queued as 12345';

test('what may pass at one server is tried at the next, and only then told', async (context) => {
  const first = await peerOf(context, { rules: [[/^RCPT TO:<a@/, '450 4.2.0 later']] });
  const second = await peerOf(context, { rules: [[/^RCPT TO:<a@/, '550 5.1.1 never']] });
  const bench = benchOf(context);
  const outcomes = await bench.outcomes({
    nexthop: `${at(first)}, ${at(second)}`,
    recipients: ['a@example.test', 'b@example.test'],
  });
  assert.deepEqual(outcomes, [
    `sent 2.0.0 ${host}:${first.port} | ${queued}`,
    `bounced 5.1.1 ${host}:${second.port} | host ${host} said: 550 5.1.1 never (in reply to RCPT TO command)`,
  ]);
  assert.equal(second.messages.length, 0);
  assert.ok(
    bench.log.lines.includes(
      `info QID1: host ${host} said: 450 4.2.0 later (in reply to RCPT TO command)`,
    ),
  );
});

test('a server that cannot be reached is followed by the next', async (context) => {
  const port = await freePort();
  const good = await peerOf(context);
  const bench = benchOf(context);
  const outcomes = await bench.outcomes({ nexthop: `[127.0.0.1]:${port} ${at(good)}` });
  assert.deepEqual(outcomes, [`sent 2.0.0 ${host}:${good.port} | ${queued}`]);
  assert.equal(bench.log.lines[0], `info connect to ${host}:${port}: Connection refused`);
});

test('where no server can be reached, the site is to blame', async (context) => {
  const port = await freePort();
  const bench = benchOf(context);
  const report = await bench.deliver({ nexthop: `[127.0.0.1]:${port}` });
  const text = `connect to ${host}:${port}: Connection refused`;
  assert.deepEqual(report.siteFailure, { dsn: '4.4.1', text });
  assert.equal(report.results.get(0)?.relay, 'none');
  assert.equal(report.results.get(0)?.action, 'deferred');
});

test('a fallback relay is asked last', async (context) => {
  const fallback = await peerOf(context);
  const bench = benchOf(context, { settings: { smtp_fallback_relay: at(fallback) } });
  assert.deepEqual(await bench.outcomes({ nexthop: 'nohost.test' }), [
    `sent 2.0.0 ${host}:${fallback.port} | ${queued}`,
  ]);
});

test('a fallback relay that is not found is a mistake in the settings: mail waits', async (context) => {
  const bench = benchOf(context, { settings: { smtp_fallback_relay: '[nohost.test]' } });
  const [outcome] = await bench.outcomes({ nexthop: 'other.test' });
  assert.match(outcome ?? '', /^deferred 4\.3\.5 none \| Host or domain name not found/);
  assert.ok(bench.log.lines.includes('warning smtp_fallback_relay configuration problem'));
});

test('so is a relayhost that is not found', async (context) => {
  const bench = benchOf(context, { settings: { relayhost: '[nohost.test]' } });
  const [outcome] = await bench.outcomes({ nexthop: '[nohost.test]' });
  assert.match(outcome ?? '', /^deferred 4\.3\.5 none \|/);
  assert.ok(bench.log.lines.includes('warning relayhost configuration problem'));
});

test('no more servers are tried than main.cf allows', async (context) => {
  const port = await freePort();
  const zone = { 'many.test A': ['127.0.0.1', '127.0.0.2', '127.0.0.3'] };
  const settings = { smtp_mx_address_limit: '2', smtp_randomize_addresses: 'no' };
  const bench = benchOf(context, { zone, settings });
  await bench.deliver({ nexthop: `many.test:${port}` });
  assert.equal(bench.log.lines.filter((line) => line.startsWith('info connect')).length, 2);
});

test('a connection serves several messages while more wait', async (context) => {
  const peer = await peerOf(context, { offers: ['PIPELINING'] });
  const bench = benchOf(context);
  for (const moreWaiting of [true, true, false])
    await bench.deliver({ nexthop: at(peer), moreWaiting });
  assert.equal(peer.connections(), 1);
  assert.equal(peer.messages.length, 3);
  assert.match(bench.log.lines[2] ?? '', /conn_use=3, /);
  await until(() => peer.lines.at(-1) === 'QUIT');
  assert.equal(peer.lines.at(-1), 'QUIT');
});

test('a kept connection that was closed meanwhile is as if it had not been there', async (context) => {
  const peer = await peerOf(context, { ends: [`${queued}|drop`] });
  const bench = benchOf(context);
  await bench.deliver({ nexthop: at(peer), moreWaiting: true });
  await pause(20);
  assert.deepEqual(await bench.outcomes({ nexthop: at(peer) }), [
    `sent 2.0.0 ${host}:${peer.port} | ${queued}`,
  ]);
  assert.equal(peer.connections(), 2);
  assert.equal(bench.log.lines.length, 2);
});

test('what comes unasked on a kept connection ends it', async (context) => {
  const peer = await peerOf(context, { ends: [`${queued}|421 4.4.2 idle`] });
  const bench = benchOf(context);
  await bench.deliver({ nexthop: at(peer), moreWaiting: true });
  await pause(100);
  await bench.deliver({ nexthop: at(peer) });
  assert.equal(peer.connections(), 2);
  assert.equal(peer.messages.length, 2);
});

test('421 to a message on a kept connection is as if it had been closed', async (context) => {
  let count = 0;
  const rules: Script['rules'] = [
    [
      { test: (line: string) => line.startsWith('MAIL') && (count += 1) === 2 } as RegExp,
      '421 4.4.2 idle',
    ],
  ];
  const peer = await peerOf(context, { rules });
  const bench = benchOf(context);
  await bench.deliver({ nexthop: at(peer), moreWaiting: true });
  assert.deepEqual(await bench.outcomes({ nexthop: at(peer) }), [
    `sent 2.0.0 ${host}:${peer.port} | ${queued}`,
  ]);
  assert.equal(peer.connections(), 2);
});

test('a refused message leaves a kept connection as it was', async (context) => {
  const peer = await peerOf(context, { rules: [[/^RCPT TO:<bad@/, '550 5.1.1 no']] });
  const bench = benchOf(context);
  await bench.deliver({ nexthop: at(peer), moreWaiting: true, recipients: ['bad@example.test'] });
  await bench.deliver({ nexthop: at(peer) });
  assert.equal(peer.connections(), 1);
  assert.equal(peer.messages.length, 1);
  assert.ok(peer.lines.includes('RSET'));
});

test('large content is sent piece by piece, whatever the pieces', async (context) => {
  const peer = await peerOf(context);
  const bench = benchOf(context);
  const content = `Subject: x\n\n${'.line of content\n'.repeat(20_000)}no end`;
  await bench.deliver({ nexthop: at(peer), content, pieces: 10_007 });
  assert.equal(
    peer.messages[0],
    `${content.replaceAll('\n.', '\n..').replaceAll('\n', '\r\n')}\r\n`,
  );
});

test('LMTP goes over a UNIX socket', async (context) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lmtp-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const server = net.createServer((socket) => {
    socket.write('220 hi\r\n');
    socket.on('data', (bytes: Buffer) => {
      const text = bytes.toString();
      if (text.startsWith('DATA')) socket.write('354 go\r\n');
      else if (text.includes('\r\n.\r\n')) socket.write('250 2.1.5 stored\r\n');
      else socket.write('250 ok\r\n');
    });
  });
  server.listen(path.join(folder, 'lmtp'));
  context.after(() => server.close());
  const bench = benchOf(context, { lmtp: true, settings: { queue_directory: folder } });
  assert.deepEqual(await bench.outcomes({ nexthop: 'unix:lmtp' }), [
    'sent 2.1.5 mail.example.test[lmtp] | 250 2.1.5 stored',
  ]);
  assert.deepEqual(await bench.outcomes({ nexthop: 'unix:none' }), [
    'deferred 4.4.1 none | connect to mail.example.test[none]: No such file or directory',
  ]);
});

test('a stop ends what was not handed over, and the recipient stays', async (context) => {
  const peer = await peerOf(context, { rules: [[/^MAIL/, 'silence']] });
  const bench = benchOf(context);
  const stop = new AbortController();
  const delivered = bench.outcomes({ nexthop: at(peer), signal: stop.signal });
  await until(() => peer.lines.some((line) => line.startsWith('MAIL')));
  stop.abort();
  const [outcome] = await delivered;
  assert.match(outcome ?? '', /^deferred 4\.4\.2 .* while sending MAIL FROM$/);
});

test('XFORWARD tells a content filter where the message came from', async (context) => {
  const peer = await peerOf(context, { offers: ['XFORWARD NAME ADDR PROTO HELO SOURCE'] });
  const bench = benchOf(context, { settings: { smtp_send_xforward_command: 'yes' } });
  const client = {
    name: 'unknown',
    reverseName: 'unknown',
    address: '2001:db8::1',
    port: 1234,
    helo: 'a b',
    protocol: 'ESMTP',
  };
  await bench.deliver({ nexthop: at(peer), envelope: { client } });
  assert.deepEqual(peer.lines.slice(1, 3), [
    'XFORWARD NAME=[UNAVAILABLE] ADDR=IPv6:2001:db8::1',
    'XFORWARD PROTO=ESMTP HELO=a+20b SOURCE=REMOTE',
  ]);
});
