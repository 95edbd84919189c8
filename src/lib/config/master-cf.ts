/**
 * config/master-cf - the lines of master.cf as services; pure.
 *
 * Eight columns and arguments; `-` is the column's default; `{ }` keeps blanks in an argument. `-o name=value` and
 * `-o { name = value }` are taken out of the arguments up to the first that is no option, as getopt(3) would: what
 * stands behind `argv=` belongs to the command. Standard: master(5).
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
  /** Arguments without -o, braces removed. */
  readonly args: readonly string[];
  /** The `-o` settings in order. */
  readonly overrides: ReadonlyMap<string, string>;
  /** The eight columns and the arguments, braces removed; `-o` and its `name=value` are two. */
  readonly fields: readonly string[];
  /** `master.cf line 12`. */
  readonly origin: string;
  readonly line: number;
}

const types: readonly string[] = ['inet', 'unix', 'fifo', 'pass', 'unix-dgram'];

/**
 * @param file name for error texts
 * @param warn is told what is odd
 * @throws {FatalError} file, line, what to write
 */
export function parseMasterCf(
  text: string,
  file: string,
  warn: (warning: string) => void = () => undefined,
): MasterService[] {
  return logicalLines(text, file, warn).map(({ text: line, line: number }) =>
    parseLine(line, `${file} line ${number}`, number),
  );
}

function parseLine(text: string, origin: string, line: number): MasterService {
  const fail = (problem: string): never => {
    throw new FatalError(`${origin}: ${problem}`, sysexits.config);
  };
  if (text.includes('\0')) fail('a NUL character; remove it');
  const words = splitList(text, ' \t\r');
  if (words.length < 8) {
    fail(
      `needs eight columns (service type private unpriv chroot wakeup maxproc command), found ${words.length}: "${text.slice(0, 100)}"`,
    );
  }
  const [
    name = '',
    type = '',
    isPrivate = '',
    unprivileged = '',
    chroot = '',
    wakeup = '',
    maxproc = '',
    command = '',
  ] = words;
  if (!types.includes(type))
    fail(`unsupported transport type: ${type}; write inet, unix, fifo or pass`);
  const flag = (value: string, fallback: boolean, column: string): boolean => {
    if (value === '-') return fallback;
    if (value === 'y') return true;
    if (value === 'n') return false;
    return fail(`field "${column}": bad value: "${value}"; write y, n or -`);
  };
  const number = (value: string, column: string): number | undefined => {
    if (value === '-') return undefined;
    if (!/^\d{1,9}$/.test(value))
      fail(`field "${column}": bad value: "${value}"; write a whole number or -`);
    return Number(value);
  };
  return {
    name,
    type: type as ServiceType,
    private: flag(isPrivate, true, 'private'),
    unprivileged: flag(unprivileged, true, 'unprivileged'),
    chroot: flag(chroot, true, 'chroot'),
    wakeup: number(wakeup.replace(/\?$/, ''), 'wakeup') ?? 0,
    wakeupWhenUsed: wakeup.endsWith('?'),
    maxproc: number(maxproc, 'process_limit'),
    command,
    ...takeArguments(words, fail),
    origin,
    line,
  };
}

type Arguments = Pick<MasterService, 'args' | 'overrides' | 'fields'>;

function takeArguments(words: readonly string[], fail: (problem: string) => never): Arguments {
  const args: string[] = [];
  const overrides = new Map<string, string>();
  const fields = words.slice(0, 8);
  let areOptions = true;
  for (let index = 8; index < words.length; index += 1) {
    const word = unbrace(words[index] ?? '', fail);
    areOptions &&= word.startsWith('-') && word !== '-' && word !== '--';
    if (!areOptions || !word.startsWith('-o')) {
      args.push(word);
      fields.push(word);
      continue;
    }
    const text = unbrace(word === '-o' ? (words[(index += 1)] ?? '') : word.slice(2), fail);
    const match = /^\s*([^\s=]+)\s*=\s*(.*)$/s.exec(text);
    if (!match) return fail(`-o needs name=value, or { name = value }: "${text}"`);
    const [, name = '', value = ''] = match;
    overrides.set(name, value.trimEnd());
    fields.push('-o', `${name}=${value.trimEnd()}`);
  }
  return { args, overrides, fields };
}

function unbrace(word: string, fail: (problem: string) => never): string {
  if (!word.startsWith('{')) return word;
  if (!word.endsWith('}')) return fail(`missing '}' in "${word.slice(0, 100)}"`);
  return word.slice(1, -1).trim();
}
