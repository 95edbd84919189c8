/** postconf/options - the command line, and which options do not go together; pure. Postfix: postconf.c. */
import { FatalError } from '../../lib/util/fatal-error.js';
import { getopt } from '../../lib/util/getopt.js';

/** What is shown or changed: main.cf, or lines, fields or -o settings of master.cf. */
export type Subject = 'main' | 'M' | 'F' | 'P';
export type Action = 'show' | 'edit' | 'remove' | 'comment';

export interface Invocation {
  readonly has: (letter: string) => boolean;
  /** Value of -c. */
  readonly directory: string | undefined;
  /** Values of -o. */
  readonly overrides: readonly string[];
  /** Words of -C. */
  readonly classes: readonly string[];
  /** Value of -T. */
  readonly tlsMode: string | undefined;
  readonly subject: Subject;
  readonly action: Action;
  readonly operands: readonly string[];
}

export const usage =
  'usage: postconf [-a (server SASL types)] [-A (client SASL types)] [-c config_dir] [-C param_class] [-d (parameter defaults)] [-e (edit configuration)] [-f (fold lines)] [-F (master.cf fields)] [-h (no names)] [-H (no values)] [-l (lock types)] [-m (map types)] [-M (master.cf)] [-n (non-default parameters)] [-o name=value (override parameter value)] [-p (main.cf, default)] [-P (master.cf parameters)] [-q (quiet)] [-T compile-version|run-version|public-key-algorithms] [-v (verbose)] [-x (expand parameter values)] [-X (exclude)] [-# (comment-out)] [name...]';

const letters = 'aAbc:C:deEfFhHlmMno:pPqtT:vxX#';
const showing = 'dfhHnoxC';

/** @throws {FatalError} unknown options, and those that do not go together */
export function readOptions(args: readonly string[]): Invocation {
  const { options, operands, problem } = getopt(args, letters);
  if (problem !== undefined) throw new FatalError(usage, 1);
  const given = new Set(options.map(({ letter }) => letter));
  const has = (letter: string): boolean => given.has(letter);
  const valuesOf = (wanted: string): string[] =>
    options.filter(({ letter }) => letter === wanted).map(({ value }) => value);
  if (has('b') || has('t'))
    throw new FatalError('-b and -t: bounce templates are not built yet', 1);
  oneOf(has, ['d', 'n']);
  oneOf(has, ['h', 'H']);
  oneOf(has, ['M', 'F', 'P', 'p']);
  oneOf(has, ['e', 'X', '#']);
  const subject = has('M') ? 'M' : has('F') ? 'F' : has('P') ? 'P' : 'main';
  const action = has('X')
    ? 'remove'
    : has('#')
      ? 'comment'
      : has('e') || operands[0]?.includes('=') === true
        ? 'edit'
        : 'show';
  if (subject === 'M') noneOf(has, subject, 'CdhHn');
  if (subject === 'F') noneOf(has, subject, 'CdnX#');
  if (subject === 'P') noneOf(has, subject, 'Cdn#');
  const changing = has('X') ? 'X' : has('#') ? '#' : 'e';
  if (action !== 'show') noneOf(has, changing, showing);
  return {
    has,
    directory: valuesOf('c').at(-1),
    overrides: valuesOf('o'),
    classes: valuesOf('C').flatMap((list) => list.split(/[\s,]+/)),
    tlsMode: valuesOf('T').at(-1),
    subject,
    action,
    operands,
  };
}

function oneOf(has: (letter: string) => boolean, group: readonly string[]): void {
  if (group.filter(has).length > 1)
    throw new FatalError(`specify one of ${group.map((letter) => `-${letter}`).join(' ')}`, 1);
}

function noneOf(has: (letter: string) => boolean, option: string, others: string): void {
  for (const other of others)
    if (has(other)) throw new FatalError(`with option -${option}, do not specify -${other}`, 1);
}

/** `name = value` in two. @throws {FatalError} */
export function nameAndValue(text: string, option: string): readonly [string, string] {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(0, equals)).trim();
  if (name === '') throw new FatalError(`${option} requires name=value argument: "${text}"`, 1);
  return [name, text.slice(equals + 1).trim()];
}
