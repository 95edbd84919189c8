/** postmulti/run - runs a program for an instance, in the foreground. */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { builtProgram } from '../../lib/sys/package.js';
import type { Instance } from './instances.js';

/** One of our commands. @returns its exit status */
export function runOurs(
  name: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<number> {
  const program = builtProgram(`command/${name}/main.js`);
  return run(process.execPath, [program, ...args], environment);
}

export function run(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: 'inherit',
      env: { ...process.env, ...environment },
    });
    child.once('error', (error) => {
      process.stderr.write(`postmulti: warning: ${program}: ${error.message}\n`);
      resolve(127);
    });
    child.once('exit', (status, signal) => resolve(signal === null ? (status ?? 1) : 1));
  });
}

/** What a command of an instance finds around it. */
export function environmentOf({
  directory,
  settings,
  name,
  group,
  isEnabled,
}: Instance): Readonly<Record<string, string>> {
  return {
    MAIL_CONFIG: directory,
    config_directory: directory,
    command_directory: settings.command_directory,
    daemon_directory: settings.daemon_directory,
    queue_directory: settings.queue_directory,
    data_directory: settings.data_directory,
    multi_instance_name: name,
    multi_instance_group: group,
    multi_instance_enable: isEnabled ? 'yes' : 'no',
  };
}
