/**
 * sys/libc - the few calls that Node lacks, by koffi; the one module that reaches libc.
 *
 * Loaded when first used. Each user of it has a fallback, or says clearly that it cannot do without.
 */
import { createRequire } from 'node:module';
import os from 'node:os';

type Koffi = typeof import('koffi');

/** A libc function that takes numbers, strings and buffers and gives a number. */
export type LibcCall = (...args: unknown[]) => number;

const functions = new Map<string, LibcCall>();
let loaded: { readonly koffi: Koffi; readonly library: ReturnType<Koffi['load']> } | undefined;

/** @throws where koffi or libc cannot be loaded */
function libc(): NonNullable<typeof loaded> {
  if (!loaded) {
    // Not an import: a machine that cannot load the binary still has a mail server, with the fallbacks.
    const koffi = createRequire(import.meta.url)('koffi') as Koffi;
    const name = process.platform === 'darwin' ? 'libSystem.B.dylib' : 'libc.so.6';
    loaded = { koffi, library: koffi.load(name) };
  }
  return loaded;
}

/** For structures and pointers. @throws where koffi cannot be loaded */
export function foreign(): Koffi {
  return libc().koffi;
}

/** @param prototype in C: `int flock(int, int)` @throws where libc cannot be loaded or has no such function */
export function libcFunction(prototype: string): LibcCall {
  const known = functions.get(prototype);
  if (known) return known;
  const call = libc().library.func(prototype) as unknown as LibcCall;
  functions.set(prototype, call);
  return call;
}

/** The error of the last call, as Node shows system errors. */
export function lastError(call: string, subject: string): NodeJS.ErrnoException {
  return systemError(call, subject, libc().koffi.errno());
}

export function systemError(call: string, subject: string, errno: number): NodeJS.ErrnoException {
  const code =
    Object.entries(os.constants.errno).find(([, value]) => value === errno)?.[0] ?? 'EUNKNOWN';
  const error: NodeJS.ErrnoException = new Error(`${call} ${subject}: ${code}`);
  error.code = code;
  error.errno = errno;
  error.syscall = call;
  return error;
}
