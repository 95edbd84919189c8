/**
 * testing/program - tests that need a program of the system.
 *
 * Without it they are skipped and say which Debian package has it; where CI is set they fail.
 */
import { spawnSync } from 'node:child_process';

/** For the options of node:test: `test('…', needs('db_dump', 'db-util'), …)`. */
export function needs(program: string, debianPackage: string): { skip: string | false } {
  const found = spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  if (found) return { skip: false };
  const text = `${program} is missing: apt-get install ${debianPackage}`;
  if (process.env['CI']) throw new Error(text);
  return { skip: text };
}

/** Runs it and gives its standard output. @throws when its status is not 0 */
export function output(program: string, args: readonly string[], input = ''): Buffer {
  const result = spawnSync(program, args, { input, maxBuffer: 256 * 1024 * 1024 });
  if (result.status !== 0)
    throw new Error(
      `${program} ${args.join(' ')}: status ${String(result.status)}: ${result.stderr.toString()}`,
    );
  return result.stdout;
}
