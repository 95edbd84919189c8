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
 *   0; 64 usage; 77 the queue may not be read
 *
 * SEE ALSO
 *   postqueue(1), sendmail(1)
 */
import { listing } from '../../lib/queue/listing.js';
import { runCommand } from '../../lib/server/command.js';
import { printQueue } from '../../lib/server/print-queue.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { getopt } from '../../lib/util/getopt.js';
import { sysexits } from '../../lib/util/sysexits.js';

await runCommand('mailq', async (args) => {
  const { options, problem } = getopt(args, 'C:c:v');
  if (problem !== undefined) throw new FatalError(problem, sysexits.usage);
  const directory = options.find(({ letter }) => letter === 'C' || letter === 'c')?.value;
  await printQueue(directory, listing);
  return sysexits.ok;
});
