/**
 * log/sink - where log lines end: a file, standard output, or syslog.
 *
 * Lines of a few milliseconds are written together (each write wakes a thread, which costs more than the write);
 * several processes may append to one file, since each write carries whole lines to a descriptor in append mode. Memory is bounded: above `maxPending` bytes a slow or full
 * target loses lines, and the number lost is logged when it takes lines again.
 * Postfix: maillog_client.c, postlogd(8).
 */
import { closeSync, openSync, write as writeFile } from 'node:fs';
import type { LineFormat } from './format.js';
import type { LogRecord, LogSink } from './log.js';

const maxPending = 4 * 1024 * 1024;
const gatherMs = 10;

/** Takes a batch of text; calls back when it may be given the next. */
export type Writer = (text: string, done: (error: Error | null) => void) => void;

/** A sink that hands batches of lines to `writer`, one at a time. */
export function batchingSink(format: LineFormat, writer: Writer): LogSink {
  let pending: string[] = [];
  let pendingSize = 0;
  let lost = 0;
  let writing = false;
  let timer: NodeJS.Timeout | undefined;
  let waiters: (() => void)[] = [];

  const settle = (): void => {
    if (writing || pending.length > 0) return;
    const resolved = waiters;
    waiters = [];
    for (const resolve of resolved) resolve();
  };

  const drain = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (writing || pending.length === 0) return;
    const text = pending.join('');
    pending = [];
    pendingSize = 0;
    writing = true;
    writer(text, (error) => {
      writing = false;
      if (error) lost += text.split('\n').length - 1;
      else reportLost();
      if (pending.length > 0 && waiters.length > 0) drain();
      else if (pending.length > 0) timer ??= setTimeout(drain, gatherMs);
      else settle();
    });
  };

  const reportLost = (): void => {
    if (lost === 0) return;
    const count = lost;
    lost = 0;
    append({
      time: Date.now(),
      severity: 'warning',
      program: 'postfix/postlogd',
      text: `${count} log lines were lost: the log could not be written`,
    });
  };

  const append = (record: LogRecord): void => {
    if (pendingSize > maxPending) {
      lost += 1;
      return;
    }
    const line = `${format.line(record)}\n`;
    pending.push(line);
    pendingSize += line.length;
    if (!writing) timer ??= setTimeout(drain, gatherMs);
  };

  return {
    write: append,
    hurry: drain,
    flush: () =>
      new Promise((resolve) => {
        waiters.push(resolve);
        if (pending.length > 0) drain();
        else settle();
      }),
  };
}

/** Appends to a file; `/dev/stdout` is standard output. @throws when it cannot be opened */
export function fileSink(path: string, format: LineFormat): LogSink & { close(): void } {
  const descriptor = path === '/dev/stdout' ? 1 : openSync(path, 'a', 0o600);
  const sink = batchingSink(format, (text, done) => {
    writeWhole(descriptor, Buffer.from(text), 0, done);
  });
  return { ...sink, close: () => (descriptor === 1 ? undefined : closeSync(descriptor)) };
}

function writeWhole(
  descriptor: number,
  bytes: Buffer,
  offset: number,
  done: (error: Error | null) => void,
): void {
  writeFile(descriptor, bytes, offset, bytes.length - offset, null, (error, written) => {
    if (error) {
      // Standard output may be a non-blocking pipe that is full for the moment.
      if (error.code === 'EAGAIN')
        setTimeout(() => writeWhole(descriptor, bytes, offset, done), 10);
      else done(error);
      return;
    }
    if (offset + written < bytes.length) writeWhole(descriptor, bytes, offset + written, done);
    else done(null);
  });
}
