/**
 * sys/lock - advisory file locks: flock(2) and fcntl(2) record locks, as other mail programs take them.
 *
 * Record locks belong to the open file, not to the process (F_OFD_SETLK): two deliveries in one process exclude each
 * other, and closing some other descriptor of the file drops nothing. For other programs they are the same locks.
 * Without libc (koffi not loadable) no lock can be taken; callers that need one fail, they never go on without.
 */
import { foreign, libcFunction } from './libc.js';

const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;
const F_SETLK = 6;
const F_OFD_SETLK = 37;
const F_WRLCK = 1;
const F_UNLCK = 2;
const EINVAL = 22;
const flockSize = 32; // struct flock on 64-bit Linux: type, whence, start, len, pid

/** Exclusive flock(2) without waiting; false: someone else holds it. It ends with the descriptor. */
export function tryLock(descriptor: number): boolean {
  return libcFunction('int flock(int, int)')(descriptor, LOCK_EX | LOCK_NB) === 0;
}

export function unlock(descriptor: number): void {
  libcFunction('int flock(int, int)')(descriptor, LOCK_UN);
}

/** Exclusive fcntl(2) lock on the whole file without waiting; false: someone else holds one. */
export function tryRecordLock(descriptor: number): boolean {
  return recordLock(descriptor, F_WRLCK);
}

export function recordUnlock(descriptor: number): void {
  recordLock(descriptor, F_UNLCK);
}

let command = F_OFD_SETLK;

function recordLock(descriptor: number, type: number): boolean {
  const lock = Buffer.alloc(flockSize);
  lock.writeInt16LE(type, 0); // SEEK_SET, start 0, length 0: the whole file
  const fcntl = libcFunction('int fcntl(int, int, void *)');
  if (fcntl(descriptor, command, lock) === 0) return true;
  // Kernels before 3.15.
  if (command === F_OFD_SETLK && foreign().errno() === EINVAL) {
    command = F_SETLK;
    return fcntl(descriptor, command, lock) === 0;
  }
  return false;
}
