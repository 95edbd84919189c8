import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { test, type TestContext } from 'node:test';
import packet, { type Packet } from 'dns-packet';
import { type Clock, systemClock } from '../sys/clock.js';
import { createResolver } from './client.js';
import { parseResolvConf, type NameServer } from './config.js';

type Handler = (query: Packet, overTcp: boolean) => Packet | 'silence';

interface FakeServer extends NameServer {
  asked: number;
}

async function serve(context: TestContext, handler: Handler): Promise<FakeServer> {
  const tcp = net.createServer((socket) => {
    socket.on('data', (bytes: Buffer) => {
      const answer = handler(packet.decode(bytes.subarray(2)), true);
      if (answer === 'silence') return;
      const encoded = packet.encode(answer);
      const framed = Buffer.concat([
        Buffer.from([encoded.length >> 8, encoded.length & 255]),
        encoded,
      ]);
      socket.write(framed.subarray(0, 5));
      setTimeout(() => socket.end(framed.subarray(5)), 5);
    });
    socket.on('error', () => undefined);
  });
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const { port } = tcp.address() as net.AddressInfo;
  const udp = dgram.createSocket('udp4');
  const server: FakeServer = { address: '127.0.0.1', port, asked: 0 };
  udp.on('message', (bytes, peer) => {
    server.asked += 1;
    const answer = handler(packet.decode(bytes), false);
    if (answer !== 'silence') udp.send(packet.encode(answer), peer.port, peer.address);
  });
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  context.after(() => {
    tcp.close();
    udp.close();
  });
  return server;
}

const respond = (query: Packet, more: Partial<Packet>): Packet => ({
  type: 'response',
  ...(query.id === undefined ? {} : { id: query.id }),
  ...(query.questions ? { questions: query.questions } : {}),
  ...more,
});

const oneAddress: Handler = (query) =>
  respond(query, {
    answers: [{ type: 'A', name: query.questions?.[0]?.name ?? '', ttl: 60, data: '192.0.2.1' }],
  });

function resolverFor(
  servers: readonly NameServer[],
  clock: Clock = systemClock,
): ReturnType<typeof createResolver> {
  return createResolver({ clock, config: { servers, timeoutMs: 150, attempts: 2 } });
}

test('an answer is kept for its time, and asked for once by many', async (context) => {
  const server = await serve(context, oneAddress);
  let now = 0;
  const resolver = resolverFor([server], { ...systemClock, monotonic: () => now });
  const ask = (): Promise<unknown> => resolver.query('Example.test', 'A');
  await Promise.all([ask(), ask(), ask()]);
  await resolver.query('example.test', 'A');
  assert.equal(server.asked, 1);
  now = 60_001;
  await ask();
  assert.equal(server.asked, 2);
});

test('a truncated answer is fetched over TCP', async (context) => {
  const server = await serve(context, (query, overTcp) =>
    overTcp ? oneAddress(query, true) : respond(query, { flags: packet.TRUNCATED_RESPONSE }),
  );
  assert.equal((await resolverFor([server]).query('example.test', 'A')).is, 'found');
});

test('a dead or failing server is followed by the next, which then comes first', async (context) => {
  const silent = await serve(context, () => 'silence');
  const failing = await serve(context, (query) => respond(query, { flags: 2 }));
  const good = await serve(context, oneAddress);
  const resolver = resolverFor([silent, failing, good]);
  assert.equal((await resolver.query('a.test', 'A')).is, 'found');
  assert.equal((await resolver.query('b.test', 'A')).is, 'found');
  assert.deepEqual([silent.asked, failing.asked, good.asked], [1, 1, 2]);
});

test('when none answers, it may pass', async (context) => {
  const silent = await serve(context, () => 'silence');
  const nobody = { address: '127.0.0.1', port: 1 };
  assert.equal((await resolverFor([nobody, silent]).query('a.test', 'A')).is, 'try-again');
});

test('a forged answer does not keep the true one out', async (context) => {
  const server = await serve(context, oneAddress);
  const forging = await serve(context, (query) => ({
    ...(oneAddress(query, false) as Packet),
    id: (query.id ?? 0) ^ 1,
  }));
  const answer = await resolverFor([forging, server]).query('a.test', 'A');
  assert.equal(answer.is, 'found');
});

test('a name that no query can carry is refused at once', async () => {
  const answer = await resolverFor([]).query('a b.test', 'A');
  assert.equal(answer.is, 'failed');
});

test('resolv.conf gives servers, time-outs and attempts, each within bounds', () => {
  const text = `# comment
nameserver 192.0.2.1
nameserver 2001:db8::1 ; second
nameserver [127.0.0.1]:5353
nameserver 192.0.2.4
options timeout:99 attempts:0 edns0 trust-ad`;
  assert.deepEqual(parseResolvConf(text), {
    servers: [
      { address: '192.0.2.1', port: 53 },
      { address: '2001:db8::1', port: 53 },
      { address: '127.0.0.1', port: 5353 },
    ],
    timeoutMs: 30_000,
    attempts: 1,
  });
  assert.deepEqual(parseResolvConf('').servers, [{ address: '127.0.0.1', port: 53 }]);
});
