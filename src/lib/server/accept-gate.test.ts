import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import net from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openListenSocket } from '../sys/listen-socket.js';
import { AcceptGate } from './accept-gate.js';

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; waited < 200 && !condition(); waited += 1) await sleep(10);
  assert.ok(condition());
}

test('no more connections than the limit are served; the next waits in the kernel until one ends', async () => {
  const port = await freePort();
  const fd = openListenSocket('127.0.0.1', port);
  const served: { socket: net.Socket; done: () => void }[] = [];
  let full = 0;
  const gate = new AcceptGate([fd], {
    limit: 2,
    accept: (socket, done) => void served.push({ socket, done }),
    onFull: () => void (full += 1),
    onError: (error) => assert.fail(error.message),
  });
  const clients = [1, 2, 3, 4].map(() => net.connect(port, '127.0.0.1'));
  await until(() => served.length === 2);
  await sleep(50);
  assert.deepEqual([served.length, full, gate.serving], [2, 1, 2]);
  served[0]?.done();
  served[0]?.done();
  await until(() => served.length === 3);
  await sleep(50);
  assert.deepEqual([served.length, full, gate.serving], [3, 2, 2]);
  gate.close();
  served[1]?.done();
  await sleep(50);
  assert.equal(served.length, 3, 'a gate that is closed takes no more');
  for (const { socket } of served) socket.destroy();
  for (const client of clients) client.destroy();
  closeSync(fd);
});
