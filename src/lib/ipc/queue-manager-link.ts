/**
 * ipc/queue-manager-link - the QueueManager conversation between processes, over a UNIX socket.
 *
 * Calls of one event turn travel in one write, a JSON array a line. They wait while the other side restarts; what may
 * have been lost with a connection is made good by a look through the queue when there is a new one.
 */
import { chmodSync, rmSync } from 'node:fs';
import net from 'node:net';
import type { QueueManager } from './conversation/queue-manager.js';

const methods = ['arrived', 'flushAll', 'flushOne', 'flushSite', 'changed', 'rescan'] as const;
type Method = (typeof methods)[number];
type Call = readonly [method: Method, argument: string];

const maxPendingCalls = 10_000;
const maxLine = 4 * 1024 * 1024;
const reconnectMs = 200;

export interface QueueManagerLink extends QueueManager {
  close(): void;
}

/**
 * Speaks to the queue manager that serves `path`; connects when first needed, and again after a loss.
 *
 * @param beforeSend called before the other side hears of anything
 */
export function connectQueueManager(path: string, beforeSend: () => void): QueueManagerLink {
  let socket: net.Socket | undefined;
  let isConnected = false;
  /** A connection was lost, or could not be had: calls may have gone nowhere. */
  let isLost = false;
  let pending: Call[] = [];
  let scheduled = false;
  let closed = false;

  const connect = (): net.Socket => {
    const opened = net.connect(path);
    opened.unref();
    opened.on('connect', () => {
      isConnected = true;
      if (isLost) pending.push(['rescan', '']);
      isLost = false;
      send();
    });
    opened.on('error', () => undefined); // close follows
    opened.on('close', () => {
      isConnected = false;
      isLost = true;
      if (closed) return;
      // Not at once again: the other side may be starting.
      setTimeout(() => {
        if (!closed) socket = connect();
      }, reconnectMs).unref();
    });
    return opened;
  };

  const send = (): void => {
    scheduled = false;
    if (closed || pending.length === 0) return;
    beforeSend();
    socket ??= connect();
    if (!isConnected) return;
    socket.write(`${JSON.stringify(pending)}\n`);
    pending = [];
  };

  const call = (method: Method, argument = ''): void => {
    if (pending.length >= maxPendingCalls) return;
    pending.push([method, argument]);
    if (scheduled) return;
    scheduled = true;
    setImmediate(send);
  };

  return {
    arrived: (queueId) => call('arrived', queueId),
    flushAll: () => call('flushAll'),
    flushOne: (queueId) => call('flushOne', queueId),
    flushSite: (domain) => call('flushSite', domain),
    changed: (queueId) => call('changed', queueId),
    close() {
      closed = true;
      socket?.destroy();
    },
  };
}

export interface QueueManagerServer {
  /** Nobody is listened to any more. */
  close(): void;
}

type Served = QueueManager & {
  /** Looks through the whole queue. */
  rescan(): void;
};

/** Serves `manager` on `path` for processes of the same user. */
export function serveQueueManager(path: string, manager: Served): Promise<QueueManagerServer> {
  rmSync(path, { force: true });
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    let buffered = '';
    socket.on('data', (text: string) => {
      buffered += text;
      const lines = buffered.split('\n');
      buffered = lines.pop() ?? '';
      for (const line of lines) dispatch(line, manager);
      if (buffered.length > maxLine) socket.destroy();
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

function dispatch(line: string, manager: Served): void {
  let calls: unknown;
  try {
    calls = JSON.parse(line);
  } catch {
    return; // a torn line of a process that died
  }
  if (!Array.isArray(calls)) return;
  for (const [method, argument] of calls as Call[]) {
    if (methods.includes(method)) manager[method](argument);
  }
}
