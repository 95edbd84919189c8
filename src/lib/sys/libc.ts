/**
 * sys/libc - the few calls that Node lacks, by koffi; the one module that reaches libc.
 *
 * Loaded when first used. Each user of it has a fallback, or says clearly that it cannot do without.
 */
import os from 'node:os';
import koffi from 'koffi';

/** A libc function that takes numbers, strings and buffers and gives a number. */
export type LibcCall = (...args: unknown[]) => number;

const functions = new Map<string, LibcCall>();
let library: ReturnType<typeof koffi.load> | undefined;

/** @param prototype in C: `int flock(int, int)` @throws where libc cannot be loaded or has no such function */
export function libcFunction(prototype: string): LibcCall {
  const known = functions.get(prototype);
  if (known) return known;
  library ??= koffi.load(process.platform === 'darwin' ? 'libSystem.B.dylib' : 'libc.so.6');
  const call = library.func(prototype) as unknown as LibcCall;
  functions.set(prototype, call);
  return call;
}

/** The error of the last call, as Node shows system errors. */
export function lastError(call: string, subject: string): NodeJS.ErrnoException {
  const errno = koffi.errno();
  const code =
    Object.entries(os.constants.errno).find(([, value]) => value === errno)?.[0] ?? 'EUNKNOWN';
  const error: NodeJS.ErrnoException = new Error(`${call} ${subject}: ${code}`);
  error.code = code;
  error.errno = errno;
  error.syscall = call;
  return error;
}
