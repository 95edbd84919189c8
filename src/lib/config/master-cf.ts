/**
 * config/master-cf - the lines of master.cf as services; pure.
 *
 * Eight columns and arguments; `-` is the column's default; `{ }` keeps blanks in an argument. `-o name=value` and
 * `-o { name = value }` are taken out of the arguments. Standard: master(5).
 */
import { FatalError } from '../util/fatal-error.js';
import { splitList } from '../util/list.js';
import { sysexits } from '../util/sysexits.js';
import { logicalLines } from './main-cf.js';

export type ServiceType = 'inet' | 'unix' | 'fifo' | 'pass' | 'unix-dgram';

export interface MasterService {
  readonly name: string;
  readonly type: ServiceType;
  readonly private: boolean;
  readonly unprivileged: boolean;
  /** Accepted; see COMPATIBILITY.md. */
  readonly chroot: boolean;
  /** Seconds; 0: never. */
  readonly wakeup: number;
  /** `1000?`: only once the service was used. */
  readonly wakeupWhenUsed: boolean;
  /** Undefined: default_process_limit; 0: no limit. */
  readonly maxproc: number | undefined;
  readonly command: string;
  /** Arguments without -o. */
  readonly args: readonly string[];
  /** The `-o` settings in order. */
  readonly overrides: ReadonlyMap<string, string>;
  /** The eight columns and the arguments as written. */
  readonly fields: readonly string[];
  /** `master.cf line 12`. */
  readonly origin: string;
  readonly line: number;
}

const types: readonly string[] = ['inet', 'unix', 'fifo', 'pass', 'unix-dgram'];

/** @param file name for error texts @throws {FatalError} file, line, what to write */
export function parseMasterCf(text: string, file: string): MasterService[] {
  return logicalLines(text).map(({ text: line, line: number }) =>
    parseLine(line, `${file} line ${number}`, number),
  );
}

function parseLine(text: string, origin: string, line: number): MasterService {
  const fail = (problem: string): never => {
    throw new FatalError(`${origin}: ${problem}`, sysexits.config);
  };
  const fields = splitList(text, ' \t');
  if (fields.length < 8) {
    fail(
      `needs eight columns (service type private unpriv chroot wakeup maxproc command), found ${fields.length}: "${text}"`,
    );
  }
  const [
    name = '',
    type = '',
    isPrivate,
    unprivileged,
    chroot,
    wakeup = '',
    maxproc = '',
    command = '',
  ] = fields;
  if (!types.includes(type))
    fail(`unsupported transport type: ${type}; write inet, unix, fifo or pass`);
  const flag = (value: string | undefined, fallback: boolean, column: string): boolean => {
    if (value === '-') return fallback;
    if (value === 'y') return true;
    if (value === 'n') return false;
    return fail(`field "${column}": bad value: "${value ?? ''}"; write y, n or -`);
  };
  const number = (value: string, column: string): number | undefined => {
    if (value === '-') return undefined;
    if (!/^\d+$/.test(value))
      fail(`field "${column}": bad value: "${value}"; write a whole number or -`);
    return Number(value);
  };
  const { args, overrides } = takeOverrides(fields.slice(8), fail);
  return {
    name,
    type: type as ServiceType,
    private: flag(isPrivate, true, 'private'),
    unprivileged: flag(unprivileged, true, 'unprivileged'),
    chroot: flag(chroot, true, 'chroot'),
    wakeup: number(wakeup.replace(/\?$/, ''), 'wakeup') ?? 0,
    wakeupWhenUsed: wakeup.endsWith('?'),
    maxproc: number(maxproc, 'maxproc'),
    command,
    args,
    overrides,
    fields,
    origin,
    line,
  };
}

function takeOverrides(
  words: readonly string[],
  fail: (problem: string) => never,
): { args: string[]; overrides: Map<string, string> } {
  const args: string[] = [];
  const overrides = new Map<string, string>();
  for (let index = 0; index < words.length; index += 1) {
    const word = unbrace(words[index] ?? '');
    if (!word.startsWith('-o')) {
      args.push(word);
      continue;
    }
    const text = word === '-o' ? unbrace(words[(index += 1)] ?? '') : word.slice(2);
    const match = /^\s*([^\s=]+)\s*=\s*(.*)$/s.exec(text);
    if (!match) fail(`-o needs name=value: "${text}"`);
    else overrides.set(match[1] ?? '', (match[2] ?? '').trimEnd());
  }
  return { args, overrides };
}

function unbrace(word: string): string {
  return word.startsWith('{') && word.endsWith('}') ? word.slice(1, -1).trim() : word;
}
