/**
 * sys/pcre2 - Perl's regular expressions, by libpcre2-8: the engine that Postfix's pcre: tables use.
 *
 * Matches are bounded in steps and memory, so that no subject can hold up the server. Where the library is missing
 * compilePcre() throws Unavailable and the caller falls back.
 */
import { foreign } from './libc.js';
import { type CompiledPattern, Unavailable } from './pattern.js';

export interface PcreOptions {
  readonly anchored: boolean;
  readonly ignoreCase: boolean;
  readonly dollarEndOnly: boolean;
  readonly dotAll: boolean;
  readonly extended: boolean;
  readonly multiline: boolean;
  readonly ungreedy: boolean;
}

// pcre2.h
const flags = {
  ignoreCase: 0x00000008,
  dollarEndOnly: 0x00000010,
  dotAll: 0x00000020,
  extended: 0x00000080,
  multiline: 0x00000400,
  ungreedy: 0x00040000,
  utf: 0x00080000,
  anchored: 0x80000000,
} as const;
const infoCaptureCount = 4;
const errorNoMatch = -1;

/** Some tenths of a second at most; Postfix takes the library's default, ten times as much. */
const matchLimit = 1_000_000;
const heapLimitKib = 20_000;

type Call = (...args: unknown[]) => unknown;
interface Library {
  readonly compile: Call;
  readonly free: Call;
  readonly info: Call;
  readonly matchData: Call;
  readonly freeMatchData: Call;
  readonly match: Call;
  readonly ovector: Call;
  readonly message: Call;
  readonly limits: unknown;
}

let loaded: Library | undefined;

function load(): Library {
  const names =
    process.platform === 'darwin'
      ? ['libpcre2-8.0.dylib', '/opt/homebrew/lib/libpcre2-8.0.dylib']
      : ['libpcre2-8.so.0', 'libpcre2-8.so'];
  for (const name of names) {
    try {
      return bind(foreign().load(name));
    } catch {
      // The next name may be there.
    }
  }
  throw new Unavailable('libpcre2-8');
}

function bind(library: ReturnType<ReturnType<typeof foreign>['load']>): Library {
  const get = (prototype: string): Call => library.func(prototype);
  const limits = get('void *pcre2_match_context_create_8(void *)')(null);
  get('int pcre2_set_match_limit_8(void *, uint32_t)')(limits, matchLimit);
  get('int pcre2_set_heap_limit_8(void *, uint32_t)')(limits, heapLimitKib);
  return {
    limits,
    compile: get(
      'void *pcre2_compile_8(const void *, size_t, uint32_t, _Out_ int *, _Out_ size_t *, void *)',
    ),
    free: get('void pcre2_code_free_8(void *)'),
    info: get('int pcre2_pattern_info_8(const void *, uint32_t, _Out_ uint32_t *)'),
    matchData: get('void *pcre2_match_data_create_from_pattern_8(const void *, void *)'),
    freeMatchData: get('void pcre2_match_data_free_8(void *)'),
    match: get(
      'int pcre2_match_8(const void *, const void *, size_t, size_t, uint32_t, void *, void *)',
    ),
    ovector: get('void *pcre2_get_ovector_pointer_8(void *)'),
    message: get('int pcre2_get_error_message_8(int, _Inout_ void *, size_t)'),
  };
}

/** @throws {Unavailable} no such library @throws {Error} `error in regex at offset 1: …` */
export function compilePcre(pattern: string, options: PcreOptions): CompiledPattern {
  loaded ??= load();
  const library = loaded;
  const bytes = Buffer.from(pattern);
  const errorCode = [0];
  const errorOffset = [0];
  const code = library.compile(
    bytes,
    bytes.length,
    flagBits(options),
    errorCode,
    errorOffset,
    null,
  );
  if (code === null) {
    const text = Buffer.alloc(256);
    library.message(errorCode[0], text, text.length);
    throw new Error(
      `error in regex at offset ${String(errorOffset[0])}: ${text.toString('utf8', 0, text.indexOf(0))}`,
    );
  }
  const count = [0];
  library.info(code, infoCaptureCount, count);
  const groups = count[0] ?? 0;
  const data = library.matchData(code, null);
  const offsets = library.ovector(data);
  let isFree = false;
  return {
    groups,
    match(subject, wantGroups) {
      const result = library.match(
        code,
        subject,
        subject.length - 1,
        0,
        0,
        data,
        library.limits,
      ) as number;
      if (result === errorNoMatch) return undefined;
      if (result < 0) throw new Error(`matching gave up (error ${result} of libpcre2)`);
      if (!wantGroups) return [];
      // Groups behind the last one that took part have no offsets.
      const ends = foreign().decode(offsets, 'size_t', result * 2) as (number | bigint)[];
      return Array.from({ length: groups + 1 }, (_, index) => {
        const start = Number(ends[2 * index] ?? -1);
        const end = Number(ends[2 * index + 1] ?? -1);
        return index >= result || start < 0 || start > end || end > subject.length
          ? ''
          : subject.toString('utf8', start, end);
      });
    },
    free() {
      if (isFree) return;
      isFree = true;
      library.freeMatchData(data);
      library.free(code);
    },
  };
}

function flagBits(options: PcreOptions): number {
  let bits: number = flags.utf;
  for (const name of Object.keys(options) as (keyof PcreOptions)[])
    if (options[name]) bits |= flags[name];
  return bits >>> 0;
}
