/**
 * sys/lock - advisory file locks: flock(2) and fcntl(2) record locks, as other mail programs take them.
 *
 * Without libc (koffi not loadable) no lock can be taken; callers that need one fail, they never go on without.
 */
import { libcFunction } from './libc.js';

const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;
const F_SETLK = 6;
const F_WRLCK = 1;
const F_UNLCK = 2;
const flockSize = 32; // struct flock on 64-bit Linux: type, whence, start, len, pid

/** Exclusive flock(2) without waiting; false: someone else holds it. It ends with the descriptor. */
export function tryLock(descriptor: number): boolean {
  return libcFunction('int flock(int, int)')(descriptor, LOCK_EX | LOCK_NB) === 0;
}

export function unlock(descriptor: number): void {
  libcFunction('int flock(int, int)')(descriptor, LOCK_UN);
}

/** Exclusive fcntl(2) lock on the whole file without waiting; false: another process holds one. */
export function tryRecordLock(descriptor: number): boolean {
  return recordLock(descriptor, F_WRLCK);
}

export function recordUnlock(descriptor: number): void {
  recordLock(descriptor, F_UNLCK);
}

function recordLock(descriptor: number, type: number): boolean {
  const lock = Buffer.alloc(flockSize);
  lock.writeInt16LE(type, 0); // SEEK_SET, start 0, length 0: the whole file
  return libcFunction('int fcntl(int, int, void *)')(descriptor, F_SETLK, lock) === 0;
}
