/**
 * util/getopt - command line options as getopt(3) takes them: `-ab`, `-cVALUE`, `-c VALUE`, `--`.
 *
 * The first operand ends them.
 */
export interface GivenOption {
  readonly letter: string;
  /** '' for options that take none. */
  readonly value: string;
}

export interface CommandLine {
  readonly options: readonly GivenOption[];
  readonly operands: readonly string[];
  /** What getopt(3) prints for the first option that it does not know: `invalid option -- 'x'`. */
  readonly problem: string | undefined;
}

/** @param letters as for getopt(3): `ab:c` means that b takes a value */
export function getopt(args: readonly string[], letters: string): CommandLine {
  const options: GivenOption[] = [];
  const operands: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] ?? '';
    if (argument === '--') {
      operands.push(...args.slice(index + 1));
      break;
    }
    if (!argument.startsWith('-') || argument === '-') {
      operands.push(...args.slice(index));
      break;
    }
    for (let at = 1; at < argument.length; at += 1) {
      const letter = argument[at] ?? '';
      const found = letter === ':' ? -1 : letters.indexOf(letter);
      if (found < 0) return { options, operands, problem: `invalid option -- '${letter}'` };
      if (letters[found + 1] !== ':') {
        options.push({ letter, value: '' });
        continue;
      }
      let value: string | undefined = argument.slice(at + 1);
      if (value === '') value = args[(index += 1)];
      if (value === undefined)
        return { options, operands, problem: `option requires an argument -- '${letter}'` };
      options.push({ letter, value });
      break;
    }
  }
  return { options, operands, problem: undefined };
}
