/**
 * NAME
 *   master - the process that owns the sockets and keeps the others running
 *
 * SYNOPSIS
 *   master [-c config_dir] [--foreground] [--json]
 *
 * DESCRIPTION
 *   Reads main.cf and master.cf, prepares the queue directory, binds the inet services, and starts the workers
 *   that do the work as mail_owner. It parses no mail and is the only process that stays root.
 *
 * SIGNALS
 *   SIGHUP   reload: new workers with the new settings; sessions and deliveries of the old ones go on to their end
 *   SIGTERM  stop: sessions and deliveries may finish for five seconds
 *   SIGQUIT  abort: everything ends at once
 *
 * FILES
 *   queue_directory/pid/master.pid
 *
 * SEE ALSO
 *   postfix(1), master(5)
 */
import type { Configuration } from '../../lib/config/load.js';
import { loadConfiguration } from '../../lib/config/load.js';
import { HiddenTables } from '../../lib/dict/hidden-tables.js';
import type { Log } from '../../lib/log/log.js';
import { claimPidFile } from '../../lib/server/pid-file.js';
import type { ServiceState } from '../../lib/sys/service-manager.js';
import { systemClock } from '../../lib/sys/clock.js';
import { asUserAlone } from '../../lib/sys/privilege.js';
import { lookupUser } from '../../lib/sys/user.js';
import { TlsKeeper } from '../../lib/tls/keeper.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { sysexits } from '../../lib/util/sysexits.js';
import type { CreateCommandService } from './command-services.js';
import { Master } from './master.js';
import { prepareQueueDirectory } from './queue-directory.js';
import { createUserWorkerSpawner } from './user-workers.js';

export interface MasterOptions {
  readonly configuration: Configuration;
  readonly log: Log;
  readonly json: boolean;
  readonly workerProgram: string;
  readonly userWorkerProgram: string;
  readonly createCommandService: CreateCommandService;
  onReady(): void;
  /** Tells the service manager, if there is one. */
  readonly notify: (state: ServiceState, status: string) => void;
}

/** Runs until a signal ends it. @throws {FatalError} when it cannot start */
export async function runMaster(options: MasterOptions): Promise<void> {
  const { configuration, log } = options;
  const { settings } = configuration;
  const owner = mailOwner(settings.mail_owner);
  prepareQueueDirectory(settings.queue_directory, settings.data_directory, owner);
  // Paths of sockets must be short.
  process.chdir(settings.queue_directory);
  const pidFile = claimPidFile(settings.queue_directory);
  if (!pidFile) throw new FatalError('the Postfix mail system is already running', 1);

  let failed: FatalError | undefined;
  const end = deferred();
  const master: Master = new Master({
    log,
    clock: systemClock,
    configDirectory: configuration.directory,
    workerProgram: options.workerProgram,
    roles: owner === undefined ? ['all'] : ['queue', 'edge'],
    json: options.json,
    userWorkers: createUserWorkerSpawner(options.userWorkerProgram, log),
    tls: new TlsKeeper({ log, clock: systemClock, onChange: () => master.tlsChanged() }),
    createCommandService: options.createCommandService,
    tables: new HiddenTables({
      log,
      clock: systemClock,
      asWorker: (work) => asUserAlone(owner, work),
      onChange: () => master.tablesChanged(),
    }),
    loadConfiguration: () => loadConfiguration(configuration.directory),
    onFatal(text, exitStatus) {
      failed ??= new FatalError(text, exitStatus);
      master.abort();
      end.resolve(undefined);
    },
    ...(owner === undefined ? {} : { owner }),
  });

  const stop = (): void => {
    options.notify('stopping', 'sessions and deliveries may finish');
    void master.stop().then(() => end.resolve(undefined));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGQUIT', () => {
    master.abort();
    end.resolve(undefined);
  });
  process.on('SIGHUP', () => {
    log.info(
      `reload -- version ${settings.mail_version}, configuration ${configuration.directory}`,
    );
    options.notify('reloading', 'reading main.cf and master.cf');
    void master.reload().then(() => options.notify('ready', 'running'));
  });

  log.info(
    `daemon started -- version ${settings.mail_version}, configuration ${configuration.directory}`,
  );
  await Promise.race([master.start(configuration), end.promise]);
  if (!failed) {
    options.onReady();
    options.notify('ready', 'running');
  }
  await end.promise;
  pidFile.close();
  if (failed) throw failed;
}

function deferred(): { promise: Promise<undefined>; resolve(value: undefined): void } {
  let resolve: (value: undefined) => void = () => undefined;
  const promise = new Promise<undefined>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Who the workers run as; undefined when we are not root and so stay who we are. @throws {FatalError} */
function mailOwner(name: string): { name: string; uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const user = lookupUser(name);
  if (user === undefined) {
    throw new FatalError(
      `mail_owner = ${name}: no such account; make it with: useradd --system --shell /usr/sbin/nologin --home-dir /nonexistent ${name}`,
      sysexits.noUser,
    );
  }
  if (user.uid === 0) {
    throw new FatalError(
      `mail_owner = ${name}: must not be root; write mail_owner = postfix`,
      sysexits.config,
    );
  }
  return { name, uid: user.uid, gid: user.gid };
}
