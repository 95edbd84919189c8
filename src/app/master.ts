/** app/master - the entry of the master process; `postfix start` runs it. See daemon/master. */
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { runMaster } from '../daemon/master/main.js';
import { createSpawn } from '../daemon/spawn/main.js';
import { loadConfiguration } from '../lib/config/load.js';
import { createLog } from '../lib/log/log.js';
import { openMailLog } from '../lib/log/mail-log.js';
import { createServiceNotifier } from '../lib/sys/service-manager.js';
import { systemClock } from '../lib/sys/clock.js';
import { builtProgram } from '../lib/sys/package.js';
import { FatalError } from '../lib/util/fatal-error.js';

const { values } = parseArgs({
  options: {
    config: { type: 'string', short: 'c', default: '/etc/postfix' },
    foreground: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

process.umask(0o022);
const configuration = loadConfiguration(path.resolve(values.config));
const sink = openMailLog(configuration.settings, {
  json: values.json,
  foreground: values.foreground,
});
const log = createLog(sink, `${configuration.settings.syslog_name}/master`, systemClock.now);

/** Tells `postfix start`, which waits on the channel, how it went. */
function tell(message: object): void {
  if (process.send) process.send(message, undefined, {}, () => process.disconnect());
}

try {
  await runMaster({
    configuration,
    log,
    json: values.json,
    workerProgram: builtProgram('app/worker.js'),
    userWorkerProgram: builtProgram('app/user-worker.js'),
    createCommandService: (service, settings) =>
      createSpawn({
        service,
        settings,
        log: createLog(sink, `${settings.syslog_name}/spawn`, systemClock.now),
        clock: systemClock,
        changesUser: process.getuid?.() === 0,
      }),
    notify: createServiceNotifier(),
    onReady: () => tell({ op: 'ready' }),
  });
} catch (error) {
  if (!(error instanceof FatalError)) throw error;
  log.fatal(error.message);
  tell({ op: 'fatal', text: error.message });
  process.exitCode = error.exitStatus;
}
await sink.flush();
process.exit();
