/**
 * NAME
 *   postqueue - list the mail queue, or try deliveries now
 *
 * SYNOPSIS
 *   postqueue [-c config_dir] -p | -j | -f | -i queue_id | -s site
 *
 * DESCRIPTION
 *   -p  list the queue as sendmail's mailq does     -j  the same, one JSON object a message
 *   -f  try all deferred mail now                   -i  try one message now
 *   -s  try the mail for one site now (fast_flush_domains)
 *
 * EXIT STATUS
 *   0; 69 usage, or the mail system is down; 77 the queue may not be read
 */
import path from 'node:path';
import { loadMainCf } from '../../lib/config/load.js';
import { type ControlMessage, sendControl } from '../../lib/ipc/control.js';
import { domainList } from '../../lib/map/match-list.js';
import { jsonListing, listing } from '../../lib/queue/listing.js';
import { runCommand } from '../../lib/server/command.js';
import { configDirectory } from '../../lib/server/instance.js';
import { printQueue } from '../../lib/server/print-queue.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { getopt } from '../../lib/util/getopt.js';
import { sysexits } from '../../lib/util/sysexits.js';
import { createDictOpener } from '../../lib/dict/open.js';

const usage =
  'usage: postqueue -f | postqueue -i queueid | postqueue -j | postqueue -p | postqueue -s site';
const silent = {
  debug: ignore,
  info: ignore,
  warning: ignore,
  error: ignore,
  fatal: ignore,
  panic: ignore,
};

function ignore(): void {
  // A listing has no log.
}

async function main(args: readonly string[]): Promise<number> {
  const { options, operands, problem } = getopt(args, 'c:fi:jps:v');
  if (problem !== undefined) {
    process.stderr.write(`postqueue: ${problem}\n`);
    throw new FatalError(usage, sysexits.unavailable);
  }
  const directory = options.find(({ letter }) => letter === 'c')?.value;
  const modes = options.filter(({ letter }) => 'fijps'.includes(letter));
  const [mode] = modes;
  if (!mode || modes.length > 1 || operands.length > 0)
    throw new FatalError(usage, sysexits.unavailable);
  switch (mode.letter) {
    case 'p':
      await printQueue(directory, listing);
      return sysexits.ok;
    case 'j':
      await printQueue(directory, jsonListing);
      return sysexits.ok;
    case 'f':
      return ask(directory, { op: 'flushAll' });
    case 'i':
      if (!/^[0-9A-Za-z]{1,32}$/.test(mode.value))
        throw new FatalError(
          `Cannot flush queue ID - invalid name: "${mode.value}"`,
          sysexits.unavailable,
        );
      return ask(directory, { op: 'flushOne', queueId: mode.value });
    default:
      return flushSite(directory, mode.value);
  }
}

async function ask(directory: string | undefined, message: ControlMessage): Promise<number> {
  const { settings } = loadMainCf(configDirectory(directory));
  if (await sendControl(path.join(settings.queue_directory, 'public', 'qmgr'), message))
    return sysexits.ok;
  throw new FatalError('Cannot flush mail queue - mail system is down', sysexits.unavailable);
}

async function flushSite(directory: string | undefined, site: string): Promise<number> {
  const { settings } = loadMainCf(configDirectory(directory));
  const dicts = createDictOpener({ log: silent });
  const known = await domainList(settings.fast_flush_domains, dicts, {
    matchSubdomains: true,
  }).match(site.replace(/^\[|\]$/g, ''));
  dicts.close();
  if (!known)
    throw new FatalError(
      `Flush service is not configured for destination "${site}"`,
      sysexits.unavailable,
    );
  return ask(directory, { op: 'flushSite', domain: site });
}

await runCommand('postqueue', main);
