/**
 * sys/posix-regex - regular expressions of POSIX, by the C library: the engine that Postfix's regexp: tables use.
 *
 * Linux with glibc only; elsewhere compilePosix() throws Unavailable and the caller falls back.
 */
import { libcFunction } from './libc.js';
import { type CompiledPattern, Unavailable } from './pattern.js';
import { bracketEnd, isTooBig } from './posix-syntax.js';

export interface PosixOptions {
  readonly isExtended: boolean;
  readonly ignoreCase: boolean;
  /** `.` and `[^x]` do not match line ends; `^` and `$` match beside them. */
  readonly multiline: boolean;
}

// regex.h of glibc
const flagExtended = 1;
const flagIgnoreCase = 2;
const flagNewline = 4;
const noMatch = 1;
/** Room for a regex_t; glibc's has 64 bytes. */
const compiledSize = 256;
const matchSize = 8; // a regmatch_t: two ints

/** @throws {Unavailable} no such library @throws {Error} what is wrong with the pattern, in libc's words */
export function compilePosix(pattern: string, options: PosixOptions): CompiledPattern {
  if (isTooBig(pattern, options.isExtended)) throw new Error('Regular expression too big');
  const { compile, execute, message, release } = library();
  const compiled = Buffer.alloc(compiledSize);
  const flags =
    (options.isExtended ? flagExtended : 0) |
    (options.ignoreCase ? flagIgnoreCase : 0) |
    (options.multiline ? flagNewline : 0);
  const status = compile(compiled, pattern, flags);
  if (status !== 0) {
    const text = Buffer.alloc(256);
    message(status, compiled, text, text.length);
    throw new Error(text.toString('utf8', 0, text.indexOf(0)));
  }
  const groups = countGroups(pattern, options.isExtended);
  const slots = Buffer.alloc((groups + 1) * matchSize);
  let isFree = false;
  return {
    groups,
    match(subject, wantGroups) {
      const count = wantGroups ? groups + 1 : 0;
      const result = execute(compiled, subject, count, slots, 0);
      if (result === noMatch) return undefined;
      if (result !== 0) throw new Error(`regexec failed with status ${result}`);
      return Array.from({ length: count }, (_, index) => {
        const start = slots.readInt32LE(index * matchSize);
        return start < 0
          ? ''
          : subject.toString('utf8', start, slots.readInt32LE(index * matchSize + 4));
      });
    },
    free() {
      if (!isFree) release(compiled);
      isFree = true;
    },
  };
}

function library() {
  if (process.platform !== 'linux') throw new Unavailable('the POSIX regular expressions of glibc');
  try {
    return {
      compile: libcFunction('int regcomp(_Inout_ void *, const char *, int)'),
      execute: libcFunction('int regexec(const void *, const void *, size_t, _Inout_ void *, int)'),
      message: libcFunction('size_t regerror(int, const void *, _Inout_ void *, size_t)'),
      release: libcFunction('void regfree(_Inout_ void *)'),
    };
  } catch (error) {
    throw new Unavailable('the POSIX regular expressions of glibc', { cause: error });
  }
}

/** Opening brackets that make a group: outside of bracket expressions, escaped in basic syntax. */
export function countGroups(pattern: string, isExtended: boolean): number {
  let groups = 0;
  for (let index = 0; index < pattern.length; index += 1) {
    const char = pattern[index];
    if (char === '\\') {
      index += 1;
      if (!isExtended && pattern[index] === '(') groups += 1;
    } else if (char === '[') {
      index = bracketEnd(pattern, index);
    } else if (char === '(' && isExtended) groups += 1;
  }
  return groups;
}
