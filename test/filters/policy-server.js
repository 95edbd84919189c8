/** policy-server - a policy server that writes down what it is asked; the recipient's local part chooses the answer. */
import net from 'node:net';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** @param where a port of 127.0.0.1, or the path of a socket */
export async function startPolicyServer(where, answers = {}) {
  const requests = [];
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const request = text.slice(0, end);
        text = text.slice(end + 2);
        requests.push(request);
        const recipient = /^recipient=([^@\n]*)/m.exec(request)?.[1] ?? '';
        const answer = answers[recipient] ?? 'DUNNO';
        if (answer === 'hang') continue;
        if (answer === 'close') socket.destroy();
        else if (answer.raw !== undefined) answerRaw(socket, answer);
        else socket.write(`action=${answer}\n\n`);
      }
    });
  });
  if (typeof where === 'string') rmSync(where, { force: true });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    if (typeof where === 'string') server.listen(where, resolve);
    else server.listen(where, '127.0.0.1', resolve);
  });
  return {
    take: () => requests.splice(0),
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** `{ raw, end? }`: these bytes, in pieces where it is a list; then perhaps the end. */
async function answerRaw(socket, { raw, end = false }) {
  for (const piece of [raw].flat()) {
    socket.write(piece, 'latin1');
    await sleep(50);
  }
  if (end) socket.end();
}
