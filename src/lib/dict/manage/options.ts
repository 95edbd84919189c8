/** dict/manage/options - what postmap and postalias were asked to do. */
import { FatalError } from '../../util/fatal-error.js';
import { type CommandLine, getopt } from '../../util/getopt.js';

export interface ManageProgram {
  readonly name: 'postmap' | 'postalias';
  /** For getopt. */
  readonly letters: string;
  readonly usage: string;
}

export type Task =
  | { readonly is: 'build' }
  | { readonly is: 'add' }
  | { readonly is: 'list' }
  /** `-` means keys from standard input. */
  | { readonly is: 'query'; readonly key: string }
  | { readonly is: 'delete'; readonly key: string };

export interface ManageOptions {
  readonly configDirectory: string | undefined;
  readonly task: Task;
  /** `type:file` or `file`. */
  readonly tables: readonly string[];
  readonly fold: boolean;
  /** Undefined: as the type does. */
  readonly trailingNul: boolean | undefined;
  readonly onDuplicate: 'warn' | 'replace' | 'ignore';
  readonly keepRoot: boolean;
  readonly inheritMode: boolean;
  readonly utf8: boolean;
  /** Values are files, kept in base64. */
  readonly valuesAreFiles: boolean;
  readonly keysFrom: 'lines' | 'headers' | 'body';
  readonly mime: boolean;
}

/** @throws {FatalError} usage */
export function parseManageOptions(
  program: ManageProgram,
  args: readonly string[],
  complain: (text: string) => void,
): ManageOptions {
  const line = getopt(args, program.letters);
  if (line.problem !== undefined) complain(`${program.name}: ${line.problem}`);
  const has = (letter: string): boolean => line.options.some((option) => option.letter === letter);
  const last = (letter: string): string | undefined =>
    line.options.findLast((option) => option.letter === letter)?.value;
  if (line.problem !== undefined || line.operands.length === 0) {
    throw new FatalError(`usage: ${program.name} ${program.usage}`, 1);
  }
  const task = taskOf(line);
  const keysFrom = has('b') ? 'body' : has('h') ? 'headers' : 'lines';
  if ((keysFrom !== 'lines' || has('m')) && !(task.is === 'query' && task.key === '-'))
    throw new FatalError('specify -b -h or -m only with "-q -"', 1);
  if (has('m') && keysFrom === 'lines') throw new FatalError('specify -m only with -b or -h', 1);
  if (has('b') && has('h')) throw new FatalError('specify only one of -b or -h', 1);
  return {
    configDirectory: last('c'),
    task,
    tables: line.operands,
    fold: !has('f'),
    trailingNul: lastOf(line, 'nN') === undefined ? undefined : lastOf(line, 'nN') === 'N',
    onDuplicate: has('r') ? 'replace' : has('w') ? 'ignore' : 'warn',
    keepRoot: has('o'),
    inheritMode: !has('p'),
    utf8: !has('u'),
    valuesAreFiles: has('F'),
    keysFrom,
    mime: has('m'),
  };
}

function lastOf(line: CommandLine, letters: string): string | undefined {
  return line.options.findLast((option) => letters.includes(option.letter))?.letter;
}

function taskOf(line: CommandLine): Task {
  const tasks = line.options.filter(({ letter }) => 'sqd'.includes(letter));
  const [first, second] = tasks;
  if (first && second) {
    const text =
      second.letter === 's'
        ? 'specify only one of -s or -q or -d'
        : 'specify only one of -s -q or -d';
    throw new FatalError(text, 1);
  }
  if (!first)
    return line.options.some(({ letter }) => letter === 'i') ? { is: 'add' } : { is: 'build' };
  switch (first.letter) {
    case 's':
      return { is: 'list' };
    case 'q':
      return { is: 'query', key: first.value };
    case 'd':
      return { is: 'delete', key: first.value };
    default:
      return line.options.some(({ letter }) => letter === 'i') ? { is: 'add' } : { is: 'build' };
  }
}
