/**
 * ipc/control - short requests from commands to the running server, over UNIX sockets in public/.
 *
 * Anyone on the machine may connect: a request can only ask for a try, never for contents. A line of JSON a request.
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

/** Serves `path` for all local users. @throws system errors */
export function serveControl(
  path: string,
  handler: (message: ControlMessage) => void,
): Promise<net.Server> {
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
      const message = parseMessage(text.slice(0, end));
      if (message) handler(message);
      socket.end(message ? 'ok\n' : 'bad request\n');
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

/** True: the server took it. False: it does not run, or does not listen to us. */
export function sendControl(path: string, message: ControlMessage): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = net.connect(path);
    socket.setEncoding('utf8');
    socket.setTimeout(timeoutMs, () => socket.destroy());
    socket.on('connect', () => socket.write(`${JSON.stringify(message)}\n`));
    socket.on('data', (data: string) => (answer += data));
    socket.on('error', () => undefined); // close follows
    socket.on('close', () => resolve(answer.startsWith('ok')));
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
