/**
 * app/worker - the entry of a worker process: one role of a server that master started.
 *
 * Invariant: all code is loaded, and nothing from outside is read, before root is dropped; afterwards files are
 * reached from the queue directory, where the process stands, so that it needs no rights on the path to it.
 */
import type { Socket } from 'node:net';
import process from 'node:process';
import { loadConfiguration } from '../lib/config/load.js';
import { loadNamedDrivers } from '../lib/dict/client/driver.js';
import { createHandedSource } from '../lib/dict/file/handed.js';
import type { UserContext } from '../lib/ipc/conversation/mailbox.js';
import { createLog, type LogSink } from '../lib/log/log.js';
import { openMailLog } from '../lib/log/mail-log.js';
import type { FromWorker, ToWorker } from '../lib/server/worker-protocol.js';
import { systemClock } from '../lib/sys/clock.js';
import { preparePeerUid } from '../lib/sys/peer-user.js';
import { dropPrivileges } from '../lib/sys/privilege.js';
import { lookupUid } from '../lib/sys/user.js';
import { createTlsSource } from '../lib/tls/material.js';
import { FatalError } from '../lib/util/fatal-error.js';
import { sysexits } from '../lib/util/sysexits.js';
import { type RunningPrograms, startPrograms } from './programs.js';

type Start = Extract<ToWorker, { op: 'start' }>;

let running: RunningPrograms | undefined;
let draining: 'no' | 'patiently' | 'now' = 'no';
let sink: LogSink | undefined;
const tls = createTlsSource();
const tables = createHandedSource();

function send(message: FromWorker): void {
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}

async function start(message: Start): Promise<void> {
  tls.update(message.tls);
  tables.update(message.tables);
  const configuration = loadConfiguration(message.configDirectory, message.sources);
  const { settings } = configuration;
  sink = openMailLog(settings, { json: message.json, foreground: true });
  process.chdir(settings.queue_directory);
  process.umask(0o077);
  lookupUid(0); // loads libc's binding while its file can be reached
  preparePeerUid();
  loadNamedDrivers(configuration);
  if (message.owner) dropPrivileges(message.owner);
  process.title = `hikyaku ${message.role}`;
  running = await startPrograms({
    configuration,
    role: message.role,
    listeners: message.listeners,
    sink,
    queueDirectory: '.',
    tls,
    tables,
    spawnUserWorker: message.owner === undefined ? undefined : spawnUserWorker,
    onHandedOver: (handover) => send({ op: 'handed-over', handover }),
    onHandedBack: (queueId) => send({ op: 'handed-back', queueIds: [queueId] }),
  });
  if (message.handover) await running.takeOver(message.handover);
  send({ op: 'ready' });
}

/** Requests to master for a process of a user, by number. */
const spawning = new Map<number, { resolve(socket: Socket): void; reject(error: Error): void }>();
let nextSpawn = 1;

function spawnUserWorker(user: UserContext): Promise<Socket> {
  const id = nextSpawn++;
  return new Promise((resolve, reject) => {
    spawning.set(id, { resolve, reject });
    send({ op: 'spawn-user', id, user });
  });
}

async function drain(patient: boolean): Promise<void> {
  if (draining === 'now' || (draining === 'patiently' && patient)) return;
  draining = patient ? 'patiently' : 'now';
  await running?.drain(patient);
  await sink?.flush();
  process.exit(0);
}

process.on('message', (message: ToWorker, socket: Socket | undefined) => {
  switch (message.op) {
    case 'start':
      start(message).catch(async (error: unknown) => {
        const isKnown = error instanceof FatalError;
        const text =
          error instanceof Error
            ? isKnown
              ? error.message
              : (error.stack ?? error.message)
            : String(error);
        send({ op: 'fatal', text, exitStatus: isKnown ? error.exitStatus : sysexits.software });
        await sink?.flush();
        setImmediate(() => process.exit(sysexits.software));
      });
      return;
    case 'tls':
      tls.update(message.tls);
      return;
    case 'tables':
      tables.update(message.tables);
      return;
    case 'take-over':
      void running?.takeOver(message.handover);
      return;
    case 'handed-back':
      running?.handedBack(message.queueIds);
      return;
    case 'drain':
      void drain(message.patient);
      return;
    case 'user-worker': {
      const waiting = spawning.get(message.id);
      spawning.delete(message.id);
      if (socket) waiting?.resolve(socket);
      else waiting?.reject(new Error(message.error ?? 'no mailbox helper'));
    }
  }
});

// Master is gone: nobody will start us again, and the next master brings its own workers.
process.on('disconnect', () => void drain(false));
// Signals of the terminal go to the whole group; master tells us what to do.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGTERM', () => void drain(false));
process.on('uncaughtException', (error) => {
  // A bug: better to end and be started anew than to go on in a state nobody knows.
  if (sink) createLog(sink, 'postfix/worker', systemClock.now).panic(error.stack ?? error.message);
  void (sink?.flush() ?? Promise.resolve()).then(() => process.exit(sysexits.software));
});
