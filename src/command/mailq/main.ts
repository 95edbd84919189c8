/**
 * NAME
 *   mailq - list the mail queue
 *
 * SYNOPSIS
 *   mailq [-C config_dir] [-c config_dir]
 *
 * DESCRIPTION
 *   The same as `postqueue -p`.
 *
 * EXIT STATUS
 *   0; 69 the mail system is down, or not one of authorized_mailq_users; 75 usage
 *
 * SEE ALSO
 *   postqueue(1), sendmail(1)
 */
import process from 'node:process';
import { runCommand } from '../../lib/server/command.js';
import { printQueue } from '../../lib/server/print-queue.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { getopt } from '../../lib/util/getopt.js';
import { sysexits } from '../../lib/util/sysexits.js';

// Sendmail's letters: whatever was given with it may stand behind mailq.
const letters = 'A:B:C:c:F:GIL:N:O:R:UV:X:b:e:f:h:imno:p:r:q:tvx';
const { options, problem } = getopt(process.argv.slice(2), letters);

// Its work is that of postqueue, under whose name trouble is told.
await runCommand(problem === undefined ? 'postqueue' : 'mailq', async () => {
  if (problem !== undefined) {
    process.stderr.write(`mailq: ${problem}\n`);
    throw new FatalError('usage: mailq [options]', sysexits.temporaryFailure);
  }
  const directory = options.find(({ letter }) => letter === 'C' || letter === 'c')?.value;
  await printQueue(directory?.replace(/\/main\.cf$/, ''), 'text');
  return sysexits.ok;
});
