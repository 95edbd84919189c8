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

/** @throws {FatalError} unknown options, and those that do not go together */
export function readOptions(
  args: readonly string[],
  complain: (problem: string) => void,
): Invocation {
  const { options, operands, problem } = getopt(args, letters);
  if (problem !== undefined) {
    complain(problem);
    throw new FatalError(usage, 1);
  }
  const given = new Set(options.map(({ letter }) => letter));
  const has = (letter: string): boolean => given.has(letter);
  const valuesOf = (wanted: string): string[] =>
    options.filter(({ letter }) => letter === wanted).map(({ value }) => value);
  if (has('b') || has('t'))
    throw new FatalError('-b and -t: bounce templates are not built yet', 1);
  oneOf(has, 'aAlmT');
  oneOf(has, 'dn');
  oneOf(has, 'hH');
  oneOf(has, 'FlmMpP');
  oneOf(has, 'eX#');
  // Of what an edit does not go with, the first is named.
  for (const edit of 'eX#') for (const other of 'dfhHnox') oneOf(has, sorted(edit, other));
  const subject = has('M') ? 'M' : has('F') ? 'F' : has('P') ? 'P' : 'main';
  const action = has('X')
    ? 'remove'
    : has('#')
      ? 'comment'
      : has('e') || operands[0]?.includes('=') === true
        ? 'edit'
        : 'show';
  if (subject === 'M') noneOf(has, subject, 'dhHn');
  if (subject === 'F') noneOf(has, subject, 'dnX#');
  if (subject === 'P') noneOf(has, subject, 'dn#');
  for (const list of 'aAlmT') if (has(list)) noneOf(has, list, 'defhHnoxX#');
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

/** @param group in the order in which it is named */
function oneOf(has: (letter: string) => boolean, group: string): void {
  const given = Array.from(group).filter(has);
  if (given.length > 1)
    throw new FatalError(`specify one of ${given.map((letter) => `-${letter}`).join(' ')}`, 1);
}

/** Letters in the order of usage: capitals behind their small ones, `#` last. */
function sorted(...options: readonly string[]): string {
  const order = (letter: string): string =>
    letter === '#' ? '~' : letter.toLowerCase() + (letter === letter.toLowerCase() ? '0' : '1');
  return [...options].sort((a, b) => (order(a) < order(b) ? -1 : 1)).join('');
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
