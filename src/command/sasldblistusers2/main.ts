/**
 * NAME
 *   sasldblistusers2 - lists the logins of a sasldb2 or of a safe store
 *
 * SYNOPSIS
 *   sasldblistusers2 [-f sasldb] [-v]
 *
 * DESCRIPTION
 *   Prints a line for each account: `user@realm: userPassword`, or what a safe store keeps instead of the password.
 *
 *   -f  the file; /etc/sasldb2 by default
 *   -v  print the version
 *
 * SEE ALSO
 *   saslpasswd2(8), docs/topics/sasl.md
 */
import process from 'node:process';
import { listAccounts } from '../../lib/auth/account-edit.js';
import { runCommand } from '../../lib/server/command.js';
import { packageVersion } from '../../lib/sys/package.js';
import { errnoText } from '../../lib/util/errno-text.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { getopt } from '../../lib/util/getopt.js';

function main(args: readonly string[]): number {
  const { options, operands, problem } = getopt(args, 'f:v');
  if (problem !== undefined || operands.length > 0)
    throw new FatalError('usage: sasldblistusers2 [-f sasldb] [-v]', 1);
  if (options.some(({ letter }) => letter === 'v')) {
    process.stdout.write(`sasldblistusers2 of Hikyaku ${packageVersion()}\n`);
    return 0;
  }
  const file = options.findLast(({ letter }) => letter === 'f')?.value ?? '/etc/sasldb2';
  try {
    for (const { user, realm, kept } of listAccounts(file))
      process.stdout.write(`${user}@${realm}: ${kept}\n`);
  } catch (error) {
    throw new FatalError(`listusers failed: ${file}: ${errnoText(error)}`, 1, { cause: error });
  }
  return 0;
}

await runCommand('sasldblistusers2', main);
