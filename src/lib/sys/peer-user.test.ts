import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { peerUid } from './peer-user.js';

test('the kernel says who is at the other end', async () => {
  const file = path.join(temporaryFolder(), 'socket');
  const uid = await new Promise((resolve) => {
    const server = net.createServer((socket) => {
      resolve(peerUid(socket));
      socket.destroy();
      server.close();
    });
    server.listen(file, () => net.connect(file).on('error', () => undefined));
  });
  assert.equal(uid, process.getuid?.());
});

test('a socket that is gone has no user', () => {
  assert.equal(peerUid(new net.Socket()), undefined);
});
