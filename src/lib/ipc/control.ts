/**
 * ipc/control - short requests from commands to the running server, over UNIX sockets in public/.
 *
 * Anyone on the machine may connect: a request can only ask for a try, never for contents, and the server decides who
 * may ask for what. A line of JSON a request; the answer is `ok`, `denied` or `bad request`.
 */
import { chmodSync, rmSync } from 'node:fs';
import net from 'node:net';

export type ControlMessage =
  | { readonly op: 'flushAll' }
  | { readonly op: 'flushOne'; readonly queueId: string }
  | { readonly op: 'flushSite'; readonly domain: string }
  | { readonly op: 'changed'; readonly queueId: string }
  /** To qmgr: much has changed, look through the whole queue. To pickup: look into maildrop. */
  | { readonly op: 'wakeup' };

const maxRequest = 1024;
const timeoutMs = 5000;

export interface ControlHandler {
  handle(message: ControlMessage): void;
  /** Whether the peer may ask for it. */
  allows(message: ControlMessage, socket: net.Socket): Promise<boolean> | boolean;
}

/** Serves `path` for all local users. @throws system errors */
export function serveControl(path: string, handler: ControlHandler): Promise<net.Server> {
  rmSync(path, { force: true });
  const server = net.createServer((socket) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(timeoutMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('data', (data: string) => {
      text += data;
      if (text.length > maxRequest) socket.destroy();
      const end = text.indexOf('\n');
      if (end < 0) return;
      socket.removeAllListeners('data').resume();
      answer(text.slice(0, end), handler, socket).then(
        (line) => socket.end(`${line}\n`),
        () => socket.destroy(),
      );
    });
  });
  server.maxConnections = 100;
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      chmodSync(path, 0o666);
      resolve(server);
    });
  });
}

async function answer(line: string, handler: ControlHandler, socket: net.Socket): Promise<string> {
  const message = parseMessage(line);
  if (!message) return 'bad request';
  if (!(await handler.allows(message, socket))) return 'denied';
  handler.handle(message);
  return 'ok';
}

/** `down`: no server runs, or it does not listen to us. */
export type ControlAnswer = 'ok' | 'denied' | 'down';

export function sendControl(path: string, message: ControlMessage): Promise<ControlAnswer> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = net.connect(path);
    socket.setEncoding('utf8');
    socket.setTimeout(timeoutMs, () => socket.destroy());
    socket.on('connect', () => socket.write(`${JSON.stringify(message)}\n`));
    socket.on('data', (data: string) => (answer += data));
    socket.on('error', () => undefined); // close follows
    socket.on('close', () => {
      const word = answer.trimEnd();
      resolve(word === 'ok' || word === 'denied' ? word : 'down');
    });
  });
}

function parseMessage(line: string): ControlMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { op, queueId, domain } = value as Record<string, unknown>;
  switch (op) {
    case 'flushAll':
    case 'wakeup':
      return { op };
    case 'flushOne':
    case 'changed':
      return typeof queueId === 'string' && /^[0-9A-Za-z]{1,32}$/.test(queueId)
        ? { op, queueId }
        : undefined;
    case 'flushSite':
      return typeof domain === 'string' && /^[0-9A-Za-z._[\]:-]{1,255}$/.test(domain)
        ? { op, domain }
        : undefined;
    default:
      return undefined;
  }
}
