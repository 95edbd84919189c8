/**
 * NAME
 *   postqueue - list the mail queue, or try deliveries now
 *
 * SYNOPSIS
 *   postqueue [-v] [-c config_dir] -p | -j | -f | -i queue_id | -s site
 *
 * DESCRIPTION
 *   -p  list the queue as sendmail's mailq does     -j  the same, one JSON object a message
 *   -f  try all deferred mail now                   -i  try one message now
 *   -s  try the mail for one site now (fast_flush_domains)
 *
 * EXIT STATUS
 *   0; 69 usage, the mail system is down, or not one of authorized_mailq_users or authorized_flush_users
 *
 * SEE ALSO
 *   mailq(1), postsuper(1), postcat(1), qmgr(8)
 */
import process from 'node:process';
import { loadMainCf } from '../../lib/config/load.js';
import { type ControlMessage, sendControl } from '../../lib/ipc/control.js';
import { createDictOpener } from '../../lib/dict/open.js';
import { domainList } from '../../lib/map/match-list.js';
import { isDomainName, literalAddress } from '../../lib/util/mail-domain.js';
import { runCommand } from '../../lib/server/command.js';
import { configDirectory } from '../../lib/server/instance.js';
import { invokingUser } from '../../lib/server/invoking-user.js';
import { printQueue } from '../../lib/server/print-queue.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { getopt } from '../../lib/util/getopt.js';
import { sysexits } from '../../lib/util/sysexits.js';

const usage =
  'usage: postqueue -f | postqueue -i queueid | postqueue -j | postqueue -p | postqueue -s site';

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
      await printQueue(directory, 'text');
      break;
    case 'j':
      await printQueue(directory, 'json');
      break;
    case 'f':
      await ask(directory, { op: 'flushAll' });
      break;
    case 'i':
      await ask(directory, flushOne(mode.value));
      break;
    default:
      await flushSite(directory, mode.value);
  }
  return sysexits.ok;
}

function flushOne(queueId: string): ControlMessage {
  if (/^[0-9A-Za-z]{1,32}$/.test(queueId)) return { op: 'flushOne', queueId };
  throw new FatalError(`Cannot flush queue ID - invalid name: "${queueId}"`, sysexits.unavailable);
}

async function flushSite(directory: string | undefined, site: string): Promise<void> {
  if (!isSite(site))
    throw new FatalError(
      `Cannot flush mail queue - invalid destination: "${site}"`,
      sysexits.unavailable,
    );
  const { settings } = loadMainCf(configDirectory(directory));
  const dicts = createDictOpener({ log: noLog });
  const domains = domainList(settings.fast_flush_domains, dicts, 'fast_flush_domains', {
    matchSubdomains: true,
  });
  const isKnown = await domains.match(site.replace(/^\[|\]$/g, ''));
  dicts.close();
  if (!isKnown)
    throw new FatalError(
      `Flush service is not configured for destination "${site}"`,
      sysexits.unavailable,
    );
  await ask(directory, { op: 'flushSite', domain: site });
}

/** A domain, or an address in brackets. */
function isSite(site: string): boolean {
  return site.startsWith('[') ? literalAddress(site) !== undefined : isDomainName(site);
}

/** The running queue manager does it. @throws {FatalError} none runs */
async function ask(directory: string | undefined, message: ControlMessage): Promise<void> {
  const { settings } = loadMainCf(configDirectory(directory));
  let isDenied = false;
  try {
    // From there, since the path of a socket must be short.
    process.chdir(settings.queue_directory);
    const answer = await sendControl('public/qmgr', message);
    if (answer === 'ok') return;
    isDenied = answer === 'denied';
  } catch {
    // No such directory, or no way in: as good as down.
  }
  if (isDenied)
    throw new FatalError(
      `User ${invokingUser()} is not allowed to flush the mail queue`,
      sysexits.unavailable,
    );
  throw new FatalError('Cannot flush mail queue - mail system is down', sysexits.unavailable);
}

function ignore(): void {
  // What tables have to say goes to no log.
}

const noLog = {
  debug: ignore,
  info: ignore,
  warning: ignore,
  error: ignore,
  fatal: ignore,
  panic: ignore,
};

await runCommand('postqueue', main);
