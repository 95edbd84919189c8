import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { libcFunction } from './libc.js';
import { openListenSocket, openWindowedSocket } from './listen-socket.js';

const windowSize = 8000;

/** What the kernel made of it: it doubles the number. */
function receiveBuffer(fd: number): number {
  const value = Buffer.alloc(4);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(4);
  const getsockopt = libcFunction('int getsockopt(int, int, int, void *, void *)');
  assert.equal(getsockopt(fd, 1, 8, value, size), 0);
  return value.readUInt32LE();
}

test('both ends of a connection keep to the window that tcp_windowsize gives', async () => {
  const listening = openListenSocket('127.0.0.1', 0, windowSize);
  assert.equal(receiveBuffer(listening), 2 * windowSize);
  const server = net.createServer((socket) => socket.end('hello')).listen({ fd: listening });
  const { port } = server.address() as net.AddressInfo;
  const fd = openWindowedSocket(false, windowSize);
  assert.equal(receiveBuffer(fd), 2 * windowSize);
  const socket = new net.Socket({ fd }).connect({ host: '127.0.0.1', port });
  let heard = '';
  for await (const chunk of socket) heard += String(chunk);
  assert.equal(heard, 'hello');
  server.close();
});
