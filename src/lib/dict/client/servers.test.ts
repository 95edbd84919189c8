/** Failover, idle connections and outages, against servers that do as they are told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Connection, QueryRefused, type Server, Servers } from './servers.js';

interface Fake extends Connection {
  isOpen: boolean;
  readonly number: number;
}

function fakeServer(name: string, isLocal = false) {
  const state = { isUp: true, connects: 0, closed: 0, connections: [] as Fake[] };
  const server: Server<Fake> = {
    name,
    isLocal,
    connect() {
      if (!state.isUp)
        return Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
      state.connects += 1;
      const connection: Fake = {
        isOpen: true,
        number: state.connects,
        hold: () => undefined,
        close() {
          connection.isOpen = false;
          state.closed += 1;
        },
      };
      state.connections.push(connection);
      return Promise.resolve(connection);
    },
  };
  return { server, state };
}

function pool(servers: Server<Fake>[], retryInterval = 60) {
  const warnings: string[] = [];
  const options = {
    kind: 'sql',
    idleInterval: 60,
    retryInterval,
    warn: (text: string) => void warnings.push(text),
  };
  return { servers: new Servers(servers, options), warnings };
}

test('a connection is used again, and UNIX sockets go before the network', async () => {
  const [far, near] = [fakeServer('far'), fakeServer('near', true)];
  const { servers } = pool([far.server, near.server]);
  for (let at = 0; at < 5; at += 1) await servers.use(() => Promise.resolve(at));
  assert.deepEqual([far.state.connects, near.state.connects], [0, 1]);
  servers.close();
  assert.equal(near.state.closed, 1);
});

test('a server that is down is left alone while the other answers', async () => {
  const [one, other] = [fakeServer('one', true), fakeServer('other')];
  one.state.isUp = false;
  const { servers, warnings } = pool([one.server, other.server]);
  assert.equal(await servers.use(() => Promise.resolve('answer')), 'answer');
  assert.equal(await servers.use(() => Promise.resolve('again')), 'again');
  assert.deepEqual(warnings, ['sql server one: Connection refused']);
});

test('with all servers down a lookup fails at once and says why', async () => {
  const { server, state } = fakeServer('only');
  state.isUp = false;
  const { servers, warnings } = pool([server]);
  const ask = () => servers.use(() => Promise.resolve(1));
  await assert.rejects(ask, /Connection refused/);
  state.isUp = true;
  await assert.rejects(ask, /no sql server can be asked \(only: Connection refused\)/);
  assert.equal(state.connects, 0);
  assert.equal(warnings.length, 1);
});

test('a server that was started anew meanwhile costs no answer', async () => {
  const { server, state } = fakeServer('only');
  const { servers } = pool([server]);
  await servers.use(() => Promise.resolve(1));
  const ask = (connection: Fake) =>
    connection.number === 1 ? Promise.reject(new Error('terminated')) : Promise.resolve('fresh');
  assert.equal(await servers.use(ask), 'fresh');
  assert.equal(state.closed, 1);
});

test('a connection that is seen to be gone is not asked', async () => {
  const { server, state } = fakeServer('only');
  const { servers } = pool([server]);
  await servers.use(() => Promise.resolve(1));
  for (const connection of state.connections) connection.isOpen = false;
  assert.equal(await servers.use(({ number }) => Promise.resolve(number)), 2);
});

test('what the server refuses is said, and the connection stays', async () => {
  const { server, state } = fakeServer('only');
  const { servers, warnings } = pool([server]);
  await assert.rejects(
    () => servers.use(() => Promise.reject(new QueryRefused('syntax error'))),
    /syntax error/,
  );
  assert.equal(await servers.use(({ number }) => Promise.resolve(number)), 1);
  assert.equal(state.closed, 0);
  assert.deepEqual(warnings, ['sql query failed: error from server only: syntax error']);
});

test('no more than four lookups are under way on one server', async () => {
  const { server, state } = fakeServer('only');
  const { servers } = pool([server]);
  let [busy, most] = [0, 0];
  await Promise.all(
    Array.from({ length: 40 }, () =>
      servers.use(async () => {
        most = Math.max(most, (busy += 1));
        await new Promise(setImmediate);
        busy -= 1;
      }),
    ),
  );
  assert.deepEqual([most, state.connects], [4, 4]);
});
