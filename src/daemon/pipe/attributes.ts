/**
 * pipe/attributes - the words behind `pipe` in master.cf: flags=, user=, argv= and the others; pure.
 *
 * Standard: pipe(8), COMMAND ATTRIBUTE SYNTAX. Postfix: get_service_attr() of pipe.c.
 */
import { unescape } from '../../lib/util/unescape.js';

export type PipeFlag = 'B' | 'D' | 'F' | 'O' | 'R' | 'X' | 'h' | 'q' | 'u' | '.' | '>';

export interface PipeAttributes {
  /** As written, with its macros. */
  readonly argv: readonly string[];
  readonly user: string;
  /** Undefined: the user's own. */
  readonly group: string | undefined;
  /** Undefined: the queue directory. */
  readonly directory: string | undefined;
  readonly eol: string;
  readonly flags: ReadonlySet<PipeFlag>;
  /** What stands for the null sender. */
  readonly nullSender: string;
  /** Bytes; 0: none. */
  readonly sizeLimit: number;
  /** Accepted; a process that is root no more cannot change its root. */
  readonly chroot: string | undefined;
}

/** Why a line of master.cf cannot be used; the text completes `master.cf line 12: `. */
export class AttributeError extends Error {}

const flagNames: readonly string[] = 'BDFORXhqu.>'.split('');

/** @throws {AttributeError} */
export function parseAttributes(args: readonly string[]): PipeAttributes {
  const values = new Map<string, string>();
  let argv: readonly string[] = [];
  for (const [index, word] of args.entries()) {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const value = equals < 0 ? '' : word.slice(equals + 1);
    if (equals < 0 || !names.has(name))
      throw new AttributeError(`unknown attribute name: ${name}; write name=value as in pipe(8)`);
    if (name === 'argv') {
      // Everything behind it is the command's.
      argv = [...(value === '' ? [] : [value]), ...args.slice(index + 1)];
      break;
    }
    values.set(name, value);
  }
  const [user = '', group] = (values.get('user') ?? '').split(/[:.]/, 2);
  if (user === '') throw new AttributeError('missing user= command-line attribute');
  if (argv.length === 0) throw new AttributeError('missing argv= command-line attribute');
  return {
    argv,
    user,
    group: group === '' ? undefined : group,
    directory: values.get('directory'),
    eol: unescape(values.get('eol') ?? '\n'),
    flags: parseFlags(values.get('flags') ?? ''),
    nullSender: values.get('null_sender') ?? 'MAILER-DAEMON',
    sizeLimit: parseSize(values.get('size')),
    chroot: values.get('chroot'),
  };
}

const names = new Set([
  'argv',
  'chroot',
  'directory',
  'eol',
  'flags',
  'null_sender',
  'size',
  'user',
]);

function parseFlags(text: string): Set<PipeFlag> {
  const unknown = Array.from(text).find((flag) => !flagNames.includes(flag));
  if (unknown !== undefined)
    throw new AttributeError(
      `unknown flag: ${unknown} in flags=; write any of ${flagNames.join('')}`,
    );
  return new Set(Array.from(text) as PipeFlag[]);
}

function parseSize(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,15}$/.test(text))
    throw new AttributeError(`bad size= value: ${text}; write a number of bytes`);
  return Number(text);
}
