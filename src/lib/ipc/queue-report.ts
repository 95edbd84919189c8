/**
 * ipc/queue-report - the queue's listing from the running server to a command, over public/showq.
 *
 * A line with the wanted form; then `ok` or `denied` and parts of text, each with its size, as fast as the reader takes
 * them: memory does not grow with the queue, other work gets its turn, and a reader that stands still is let go. A part
 * of size 0 is the end: a report that breaks off is told from a whole one. Counterparts: daemon/showq, server/print-queue.
 */
import { chmodSync, rmSync } from 'node:fs';
import net from 'node:net';
import { own } from '../util/own.js';

export type ReportForm = 'text' | 'json';

export interface ReportSource {
  allows(socket: net.Socket): Promise<boolean>;
  lines(form: ReportForm): Iterable<string>;
}

const partSize = 16 * 1024;
const linesATurn = 500; // then others get their turn
const maxReaders = 20;
const requestTimeoutMs = 10_000;
const stallTimeoutMs = 60_000;

/** Serves `path` for all local users. @throws system errors */
export function serveReports(path: string, source: ReportSource): Promise<net.Server> {
  rmSync(path, { force: true });
  const server = net.createServer((socket) => {
    let request = '';
    socket.setEncoding('latin1');
    socket.setTimeout(requestTimeoutMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('data', (data: string) => {
      request += data;
      const form = own(forms, request);
      if (form) {
        socket.removeAllListeners('data').resume();
        socket.setTimeout(stallTimeoutMs);
        report(socket, form, source).catch(() => socket.destroy());
      } else if (request.length > 8) socket.destroy();
    });
  });
  server.maxConnections = maxReaders;
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      chmodSync(path, 0o666);
      resolve(server);
    });
  });
}

const forms: Readonly<Record<string, ReportForm | undefined>> = {
  'text\n': 'text',
  'json\n': 'json',
};

async function report(socket: net.Socket, form: ReportForm, source: ReportSource): Promise<void> {
  if (!(await source.allows(socket))) {
    socket.end('denied\n');
    return;
  }
  socket.write('ok\n');
  let part = '';
  let lines = 0;
  for (const line of source.lines(form)) {
    if (socket.destroyed) return;
    part += `${line}\n`;
    lines += 1;
    if (part.length < partSize && lines < linesATurn) continue;
    await send(socket, part);
    part = '';
    lines = 0;
  }
  if (part !== '') await send(socket, part);
  socket.end('0\n');
}

async function send(socket: net.Socket, part: string): Promise<void> {
  const bytes = Buffer.from(part);
  socket.write(`${bytes.length}\n`);
  if (socket.write(bytes)) {
    await new Promise((resolve) => setImmediate(resolve));
    return;
  }
  await new Promise<void>((resolve) => {
    const go = (): void => {
      socket.off('drain', go).off('close', go);
      resolve();
    };
    socket.on('drain', go).on('close', go);
  });
}

/** `broken`: it ended in the middle. `down`: none serves it, for this reason. */
export type ReportResult =
  | { readonly is: 'done' | 'denied' | 'broken' }
  | { readonly is: 'down'; readonly error: NodeJS.ErrnoException };

/** Passes the report on as it comes; `print` resolves when more may come. */
export async function readReport(
  path: string,
  form: ReportForm,
  print: (bytes: Buffer) => Promise<void>,
): Promise<ReportResult> {
  const socket = net.connect(path);
  const connected = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    socket.once('connect', () => resolve(undefined));
    socket.once('error', resolve);
  });
  if (connected) return { is: 'down', error: connected };
  socket.write(`${form}\n`);
  const input = new PartReader();
  try {
    for await (const chunk of socket) {
      const text = input.take(chunk as Buffer);
      if (text.length > 0) await print(text);
      if (input.state === 'done' || input.state === 'denied') break;
    }
  } catch {
    // The server went away.
  } finally {
    socket.destroy();
  }
  return { is: input.state === 'done' || input.state === 'denied' ? input.state : 'broken' };
}

/** Whether someone serves it. */
export function probeReport(path: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect(path);
    socket.on('error', resolve);
    socket.on('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}

/** Takes the frames off the text. */
class PartReader {
  state: 'begin' | 'size' | 'text' | 'done' | 'denied' | 'bad' = 'begin';
  #line = '';
  #left = 0;

  take(chunk: Buffer): Buffer {
    const text: Buffer[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.state === 'text') {
        const part = chunk.subarray(at, at + this.#left);
        text.push(part);
        at += part.length;
        this.#left -= part.length;
        if (this.#left === 0) this.state = 'size';
        continue;
      }
      if (this.state !== 'begin' && this.state !== 'size') break;
      const end = chunk.indexOf(0x0a, at);
      this.#line += chunk.toString('latin1', at, end < 0 ? chunk.length : end);
      if (end < 0 || this.#line.length > 16) break;
      at = end + 1;
      this.#take(this.#line);
      this.#line = '';
    }
    return Buffer.concat(text);
  }

  #take(line: string): void {
    if (this.state === 'begin') {
      this.state = line === 'ok' ? 'size' : line === 'denied' ? 'denied' : 'bad';
      return;
    }
    this.#left = /^\d{1,9}$/.test(line) ? Number(line) : -1;
    this.state = this.#left > 0 ? 'text' : this.#left === 0 ? 'done' : 'bad';
  }
}
