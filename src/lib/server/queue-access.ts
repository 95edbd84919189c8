/**
 * server/queue-access - how a command gets at the queue of an instance, also while the server is down.
 *
 * Root becomes mail_owner first, so that nothing in the queue is made or locked by root, and stands in the queue
 * directory, which need not be reachable otherwise.
 */
import process from 'node:process';
import { loadMainCf } from '../config/load.js';
import type { Settings } from '../config/settings.js';
import type { QueueStore } from '../queue/store.js';
import { openStore } from '../queue/stores.js';
import { dropPrivileges } from '../sys/privilege.js';
import { lookupUser } from '../sys/user.js';
import { FatalError } from '../util/fatal-error.js';
import { sysexits } from '../util/sysexits.js';
import { configDirectory } from './instance.js';

export interface QueueAccess {
  readonly settings: Settings;
  readonly store: QueueStore;
}

export interface AccessOptions {
  /** Only look: nothing is made. */
  readonly readOnly?: boolean;
  /** Called before root is given up: opens what only root may (the log). */
  readonly prepare?: (settings: Settings) => void;
}

/** @throws {FatalError} no configuration, no rights, no queue */
export async function openQueue(
  givenDirectory: string | undefined,
  { readOnly = false, prepare }: AccessOptions = {},
): Promise<QueueAccess> {
  const { settings } = loadMainCf(configDirectory(givenDirectory));
  prepare?.(settings);
  process.umask(0o077);
  try {
    process.chdir(settings.queue_directory);
    if (process.getuid?.() === 0) {
      const owner = lookupUser(settings.mail_owner);
      if (owner && owner.uid !== 0) dropPrivileges(owner);
    }
    return { settings, store: await openStore({ directory: '.', readOnly }) };
  } catch (error) {
    if (error instanceof FatalError) throw error;
    throw new FatalError(
      `the queue in ${settings.queue_directory} cannot be opened: ${(error as Error).message}; only ${settings.mail_owner} and root may`,
      sysexits.noPermission,
      { cause: error },
    );
  }
}
