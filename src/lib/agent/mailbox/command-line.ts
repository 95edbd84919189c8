/**
 * agent/mailbox/command-line - a command line as the programs to try for it.
 *
 * Without a shell where nothing in it asks for one, as Postfix does it: exec_command.c.
 */
import type { UserCommand } from '../../ipc/conversation/mailbox.js';

const shell = '/bin/sh';

// Only words, and nothing that a shell would act on: such a command line is run without one.
const plain = /^[A-Za-z0-9!@%_=+:,./ \t-]*$/;

/** In order: the next is tried when the one before it is not there. Each has a program and its arguments. */
export function programsOf(command: UserCommand): readonly (readonly string[])[] {
  if (command.argv) return [command.argv];
  const line = command.shell ?? '';
  const own = words(command.shellProgram ?? '');
  if (own.length > 0) return [[...own, line]];
  const argv = words(line);
  const byShell = [shell, '-c', line];
  const [program] = argv;
  if (program === undefined || !plain.test(line)) return [byShell];
  // A name without a slash may be a word that only a shell knows (`:`, `exit`).
  return program.includes('/') ? [argv] : [argv, byShell];
}

function words(text: string): string[] {
  return text.split(/[ \t\r\n]+/).filter((word) => word !== '');
}
