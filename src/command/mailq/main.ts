/**
 * NAME
 *   mailq - list the mail queue
 *
 * SYNOPSIS
 *   mailq [-C config_dir] [-c config_dir]
 *
 * DESCRIPTION
 *   The same as `postqueue -p`.
 */
import { spawnSync } from 'node:child_process';
import { runCommand } from '../../lib/server/command.js';
import { builtProgram } from '../../lib/sys/package.js';
import { getopt } from '../../lib/util/getopt.js';

await runCommand('mailq', (args) => {
  const { options } = getopt(args, 'C:c:v');
  const directory = options.find(({ letter }) => letter === 'C' || letter === 'c')?.value;
  const given = directory === undefined ? [] : ['-c', directory];
  const { status } = spawnSync(
    process.execPath,
    [builtProgram('command/postqueue/main.js'), ...given, '-p'],
    { stdio: 'inherit' },
  );
  return status ?? 1;
});
