/**
 * ipc/verify-link - the Verify conversation between processes, over a UNIX socket.
 *
 * A line of JSON a question, `[number, address]`, and a line an answer, `[number, status, text]`, in any order. While the
 * other side is away, and beyond a bound, answers are `pending`: the client is told to come again.
 */
import { chmodSync, rmSync } from 'node:fs';
import net from 'node:net';
import { inProgress, type Verification, type Verify } from './conversation/verify.js';

const maxLine = 64 * 1024;
const maxWaiting = 10_000;
const answerMs = 10_000;

export interface VerifyLink extends Verify {
  close(): void;
}

export function connectVerify(path: string): VerifyLink {
  const waiting = new Map<number, (answer: Verification) => void>();
  let socket: net.Socket | undefined;
  let next = 1;

  const giveUp = (): void => {
    for (const resolve of waiting.values()) resolve(inProgress);
    waiting.clear();
  };
  const connect = (): net.Socket => {
    const opened = net.connect(path);
    opened.setEncoding('utf8');
    opened.setTimeout(answerMs, () => {
      if (waiting.size > 0) opened.destroy();
    });
    onLines(opened, (line) => {
      const [number, status, text] = JSON.parse(line) as [number, Verification['status'], string];
      const resolve = waiting.get(number);
      waiting.delete(number);
      resolve?.({ status, text });
    });
    opened.on('error', () => undefined); // close follows
    opened.on('close', () => {
      if (socket === opened) socket = undefined;
      giveUp();
    });
    return opened;
  };

  return {
    query(address) {
      if (waiting.size >= maxWaiting) return Promise.resolve(inProgress);
      const number = next++;
      socket ??= connect();
      socket.write(`${JSON.stringify([number, address])}\n`);
      return new Promise((resolve) => waiting.set(number, resolve));
    },
    close() {
      socket?.destroy();
    },
  };
}

export interface VerifyServer {
  close(): void;
}

/** Serves `path` for processes of the same user. */
export function serveVerify(path: string, verify: Verify): Promise<VerifyServer> {
  rmSync(path, { force: true });
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    onLines(socket, (line) => {
      const [number, address] = JSON.parse(line) as [number, string];
      void verify.query(address).then(({ status, text }) => {
        if (!socket.destroyed) socket.write(`${JSON.stringify([number, status, text])}\n`);
      });
    });
  });
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve({
        close() {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}

function onLines(socket: net.Socket, hear: (line: string) => void): void {
  let buffered = '';
  socket.on('data', (text: string) => {
    buffered += text;
    const lines = buffered.split('\n');
    buffered = lines.pop() ?? '';
    if (buffered.length > maxLine) socket.destroy();
    try {
      for (const line of lines) hear(line);
    } catch {
      socket.destroy(); // not ours
    }
  });
}
