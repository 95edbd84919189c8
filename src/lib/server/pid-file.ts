/**
 * server/pid-file - pid/master.pid: who the running master is, and that there is only one.
 *
 * The file holds the pid right-aligned in ten columns, as programs and unit files expect. That it is locked, not
 * that it exists, says that a master runs: a crash leaves no lie behind. Postfix: master.c, `master -t`.
 */
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { tryLock } from '../sys/lock.js';

export interface PidFile {
  close(): void;
}

export function pidFilePath(queueDirectory: string): string {
  return path.join(queueDirectory, 'pid', 'master.pid');
}

/** Takes the lock and writes our pid; undefined when another master holds it. @throws system errors */
export function claimPidFile(queueDirectory: string): PidFile | undefined {
  const file = pidFilePath(queueDirectory);
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
  const descriptor = openSync(file, 'a+', 0o644);
  if (!tryLock(descriptor)) {
    closeSync(descriptor);
    return undefined;
  }
  ftruncateSync(descriptor, 0);
  writeSync(descriptor, `${String(process.pid).padStart(10)}\n`);
  return { close: () => closeSync(descriptor) };
}

/** Pid of the running master; undefined when none runs. */
export function runningMaster(queueDirectory: string): number | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(pidFilePath(queueDirectory), 'r');
  } catch {
    return undefined; // no file, or not ours to open: no master that we could speak to
  }
  try {
    if (tryLock(descriptor)) return undefined;
    const pid = Number(readFileSync(pidFilePath(queueDirectory), 'latin1').trim());
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } finally {
    closeSync(descriptor);
  }
}
