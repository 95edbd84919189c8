/**
 * NAME
 *   hikyaku - one name for all commands of the mail server
 *
 * SYNOPSIS
 *   hikyaku command [argument ...]
 *   hikyaku start-demo [--json] [--directory DIR]
 *
 * DESCRIPTION
 *   Runs the command of that name with its arguments: `hikyaku postqueue -p`. `start-demo` starts a mail server of
 *   its own in var/ of this checkout, on high ports of the loopback address, with one mailbox.
 *
 * SEE ALSO
 *   postfix(1)
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../../lib/server/command.js';
import { builtProgram, packageRoot, packageVersion } from '../../lib/sys/package.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { sysexits } from '../../lib/util/sysexits.js';
import { prepareDemo } from './demo.js';
import { programs } from './programs.js';

function help(): string {
  const width = Math.max(...programs.map(({ name }) => name.length), 'start-demo'.length) + 2;
  const row = (name: string, summary: string): string => `  ${name.padEnd(width)}${summary}`;
  return [
    'usage: hikyaku command [argument ...]',
    '',
    ...programs.map(({ name, summary }) => row(name, summary)),
    row('start-demo', 'start a mail server of its own in var/, as `npm start` does'),
    '',
    'Every command takes -c DIR (or MAIL_CONFIG) for the folder of main.cf; the default is /etc/postfix.',
  ].join('\n');
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(help());
    return name === undefined ? sysexits.usage : 0;
  }
  if (name === '--version') {
    console.log(`hikyaku ${packageVersion()}`);
    return 0;
  }
  if (name === 'start-demo') return startDemo(rest);
  if (!programs.some((program) => program.name === name)) {
    throw new FatalError(`unknown command: ${name}; hikyaku --help lists them`, sysexits.usage);
  }
  return run(builtProgram(`command/${name}/main.js`), rest);
}

async function startDemo(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean', default: false }, directory: { type: 'string' } },
  });
  const demo = await prepareDemo(path.resolve(values.directory ?? path.join(packageRoot(), 'var')));
  console.log(demo.welcome);
  return run(builtProgram('command/postfix/main.js'), [
    '-c',
    demo.configDirectory,
    ...(values.json ? ['--json'] : []),
    'start-fg',
  ]);
}

/** Runs a program of ours in the foreground; its exit status is ours. */
function run(program: string, args: readonly string[]): Promise<number> {
  if (!existsSync(program))
    throw new FatalError(`${program} is missing; run: npm run build`, sysexits.unavailable);
  const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' });
  process.on('SIGINT', () => undefined); // the child has it from the terminal
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.once('exit', (status) => resolve(status ?? sysexits.software));
  });
}

await runCommand('hikyaku', main);
