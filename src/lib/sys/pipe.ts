/**
 * sys/pipe - real pipes for the programs that this process starts.
 *
 * What Node calls a pipe is a socket, which a program cannot open again as /dev/stdin; and programs inherit every
 * descriptor that whoever started us left open. Without libc: undefined, and nothing.
 */
import { closeSync, readdirSync } from 'node:fs';
import { Socket } from 'node:net';
import process from 'node:process';
import { libcFunction } from './libc.js';

const O_CLOEXEC = 0o2000000; // Linux

export interface Pipe {
  readonly read: number;
  readonly write: number;
}

/** The caller closes both ends. */
export function createPipe(): Pipe | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const ends = Buffer.alloc(8);
    if (libcFunction('int pipe2(void *, int)')(ends, O_CLOEXEC) !== 0) return undefined;
    return { read: ends.readInt32LE(0), write: ends.readInt32LE(4) };
  } catch {
    return undefined;
  }
}

export function closePipe(pipe: Pipe | undefined): void {
  if (!pipe) return;
  closeSync(pipe.read);
  closeSync(pipe.write);
}

/** An end of a pipe as a stream, which owns the descriptor from now on. */
export function endOfPipe(descriptor: number, use: 'read' | 'write'): Socket {
  return new Socket({ fd: descriptor, readable: use === 'read', writable: use === 'write' });
}

const CLOSE_RANGE_CLOEXEC = 4;
const F_SETFD = 2;
const FD_CLOEXEC = 1;

/** A program that is started from now on gets its three standard descriptors and no other. */
export function keepDescriptorsToOurselves(): void {
  if (process.platform !== 'linux') return;
  try {
    const range = libcFunction('int close_range(uint32_t, uint32_t, int)');
    if (range(3, 0xffffffff, CLOSE_RANGE_CLOEXEC) === 0) return;
  } catch {
    // an older libc
  }
  try {
    const fcntl = libcFunction('int fcntl(int, int, int)');
    for (const name of readdirSync('/proc/self/fd'))
      if (Number(name) > 2) fcntl(Number(name), F_SETFD, FD_CLOEXEC);
  } catch {
    // Node's own descriptors are closed anyway; these were left open by whoever started us.
  }
}
