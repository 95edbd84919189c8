/**
 * sys/file-size-limit - RLIMIT_FSIZE for the programs that this process starts.
 *
 * Node starts programs without a choice of limits: they inherit ours. So the soft limit is lowered while one starts,
 * and put back. Only in processes that say so, for other threads' writes are under the limit meanwhile; elsewhere, and
 * without libc, it does nothing.
 */
import process from 'node:process';
import { libcFunction } from './libc.js';

const RLIMIT_FSIZE = 1;

let allowed = false;

/** For a process whose own files are under the same limit: the mailbox helper. */
export function allowFileSizeLimit(): void {
  if (process.platform !== 'linux') return;
  // A write beyond the limit is an error of that write, not the end of the process.
  process.on('SIGXFSZ', () => undefined);
  allowed = true;
}

const nothing = (): void => undefined;

/** @param bytes 0 is none @returns puts the old limit back */
export function limitFileSize(bytes: number): () => void {
  if (!allowed || bytes <= 0) return nothing;
  try {
    const get = libcFunction('int getrlimit(int, void *)');
    const set = libcFunction('int setrlimit(int, const void *)');
    const old = Buffer.alloc(16); // soft, hard: rlim_t is 64 bits
    if (get(RLIMIT_FSIZE, old) !== 0) return nothing;
    const lowered = Buffer.from(old);
    const hard = old.readBigUInt64LE(8);
    lowered.writeBigUInt64LE(BigInt(bytes) < hard ? BigInt(bytes) : hard, 0);
    if (set(RLIMIT_FSIZE, lowered) !== 0) return nothing;
    return () => void set(RLIMIT_FSIZE, old);
  } catch {
    return nothing;
  }
}
