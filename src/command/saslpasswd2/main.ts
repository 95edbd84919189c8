/**
 * NAME
 *   saslpasswd2 - sets, changes or removes the password of a login
 *
 * SYNOPSIS
 *   saslpasswd2 [-v] [-c [-p] [-n]] [-d] [-a appname] [-f sasldb] [-u realm] user
 *
 * DESCRIPTION
 *   Sets a password in the file that sasldb_path of smtpd.conf names. It is asked for twice and not shown; from a pipe
 *   it is read once.
 *
 *   -c  make the account where there is none
 *   -p  read the password from standard input
 *   -n  keep no password in clear: a file that does not exist yet becomes a safe store, which keeps SCRAM keys and a
 *       salted hash. PLAIN, LOGIN, SCRAM-SHA-1 and SCRAM-SHA-256 work with it; CRAM-MD5 and DIGEST-MD5 do not
 *   -d  remove the account
 *   -a  take the file from the settings of this program (smtpd: smtpd.conf)
 *   -f  the file; /etc/sasldb2 by default
 *   -u  the realm; by default the name of this host. `user@realm` does as well
 *   -v  print the version
 *
 * SEE ALSO
 *   sasldblistusers2(8), docs/topics/sasl.md
 */
import os from 'node:os';
import process from 'node:process';
import { changeAccount } from '../../lib/auth/account-edit.js';
import { loadCyrusConfig } from '../../lib/auth/cyrus-config.js';
import { runCommand } from '../../lib/server/command.js';
import { configDirectory } from '../../lib/server/instance.js';
import { packageVersion } from '../../lib/sys/package.js';
import { errnoText } from '../../lib/util/errno-text.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { getopt } from '../../lib/util/getopt.js';
import { readPassword } from './password.js';

const usage =
  'usage: saslpasswd2 [-v] [-c [-p] [-n]] [-d] [-a appname] [-f sasldb] [-u realm] user';
const cannotWrite = 7; // SASL_BADPARAM, with which Cyrus ends here

async function main(args: readonly string[]): Promise<number> {
  const { options, operands, problem } = getopt(args, 'a:cdf:no:pu:v');
  const last = (letter: string): string | undefined =>
    options.findLast((option) => option.letter === letter)?.value;
  const has = (letter: string): boolean => last(letter) !== undefined;
  if (has('v')) {
    process.stdout.write(`saslpasswd2 of Hikyaku ${packageVersion()}\n`);
    return 0;
  }
  const [name] = operands;
  if (
    problem !== undefined ||
    name === undefined ||
    operands.length !== 1 ||
    (has('c') && has('d'))
  )
    throw new FatalError(problem === undefined ? usage : `${problem}\n${usage}`, 1);
  const at = name.indexOf('@');
  const account = {
    user: at < 0 ? name : name.slice(0, at),
    realm: at < 0 ? (last('u') ?? os.hostname()) : name.slice(at + 1),
  };
  if (account.user === '' || /[\x00-\x1f\x7f]/.test(name + account.realm))
    throw new FatalError(`${JSON.stringify(name)}: no name of an account`, 1);
  const file = last('f') ?? fileOf(last('a'));
  const change = has('d')
    ? ({ is: 'remove' } as const)
    : ({ is: 'set', password: await readPassword(has('p')), keepsClear: !has('n') } as const);
  try {
    switch (await changeAccount(file, account, change)) {
      case 'done':
        return 0;
      case 'new-safe-store':
        process.stderr.write(
          `saslpasswd2: ${file}: new, without passwords in clear: PLAIN, LOGIN, SCRAM-SHA-1 and SCRAM-SHA-256 work with it, CRAM-MD5 and DIGEST-MD5 do not\n`,
        );
        return 0;
      case 'only-clear':
        throw new FatalError(
          `${file}: a sasldb2 keeps passwords in clear, so -n stores nothing; name a new file with -f for a store that does not`,
          cannotWrite,
        );
    }
  } catch (error) {
    if (error instanceof FatalError) throw error;
    throw new FatalError(`${file}: ${errnoText(error)}`, cannotWrite, { cause: error });
  }
}

function fileOf(application: string | undefined): string {
  if (application === undefined) return '/etc/sasldb2';
  return loadCyrusConfig('', configDirectory(undefined), application).sasldbPath;
}

await runCommand('saslpasswd2', main);
