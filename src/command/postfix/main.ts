/**
 * NAME
 *   postfix - start, stop and steer the mail system
 *
 * SYNOPSIS
 *   postfix [-Dv] [-c config_dir] command
 *
 * DESCRIPTION
 *   check      look at the configuration: errors end with status 1, warnings are printed
 *   start      start in the background; returns when the mail system takes connections
 *   start-fg   start in the foreground: for containers and service managers; logs to standard output
 *              unless maillog_file says otherwise (--json: one JSON object a line)
 *   stop       stop; sessions and deliveries may finish for a few seconds
 *   abort      stop at once
 *   reload     read main.cf and master.cf again; running sessions go on
 *   flush      try to deliver all deferred mail now
 *   status     say whether it runs, and its pid
 *
 * EXIT STATUS
 *   0 done; 1 it did not work (already running, not running, wrong configuration)
 *
 * SEE ALSO
 *   master(8), postconf(1), hikyaku(1)
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfiguration, loadMainCf, type Configuration } from '../../lib/config/load.js';
import { sendControl } from '../../lib/ipc/control.js';
import { createLog } from '../../lib/log/log.js';
import { openMailLog } from '../../lib/log/mail-log.js';
import { runCommand } from '../../lib/server/command.js';
import { configDirectory } from '../../lib/server/instance.js';
import { runningMaster } from '../../lib/server/pid-file.js';
import { systemClock } from '../../lib/sys/clock.js';
import { builtProgram } from '../../lib/sys/package.js';
import { invokingUser } from '../../lib/server/invoking-user.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { getopt } from '../../lib/util/getopt.js';
import { splitList } from '../../lib/util/list.js';
import { own } from '../../lib/util/own.js';
import { sysexits } from '../../lib/util/sysexits.js';

const usage = 'usage: postfix [-c config_dir] [-Dv] command';
const systemName = 'the Postfix mail system';
const stopSeconds = 8; // a little more than master gives its workers

interface Invocation {
  readonly configDirectory: string;
  readonly json: boolean;
}

interface Action {
  run(invocation: Invocation): Promise<number>;
}

const actions: Readonly<Record<string, Action>> = {
  check: { run: check },
  start: { run: start },
  'start-fg': { run: startForeground },
  stop: { run: (invocation) => end(invocation, 'SIGTERM', 'stopping') },
  abort: { run: (invocation) => end(invocation, 'SIGQUIT', 'aborting') },
  reload: { run: reload },
  flush: { run: flush },
  status: { run: status },
};

async function main(args: readonly string[]): Promise<number> {
  const { options, operands, problem } = getopt(
    args.filter((argument) => argument !== '--json'),
    'c:Dv',
  );
  if (problem !== undefined) {
    process.stderr.write(`postfix: ${problem}\n`);
    throw new FatalError(usage, 1);
  }
  // What stands behind the command is passed over, as postfix-script does.
  const [command] = operands;
  if (command === undefined) throw new FatalError(usage, 1);
  const action = own(actions, command);
  if (!action) throw new FatalError(`unknown command: '${command}'. Usage: ${usage.slice(7)}`, 1);
  const directory = options.findLast(({ letter }) => letter === 'c')?.value;
  const wrapped = directory === undefined ? await runWrapper(args) : undefined;
  if (wrapped !== undefined) return wrapped;
  return action.run({
    configDirectory: path.resolve(configDirectory(directory)),
    json: args.includes('--json'),
  });
}

/**
 * With several instances, a command for no one in particular is for all of them: multi_instance_wrapper runs it for each.
 * Undefined: there is none.
 */
async function runWrapper(args: readonly string[]): Promise<number | undefined> {
  if (process.env['MAIL_CONFIG'] !== undefined) return undefined;
  const wrapper = multiInstanceWrapper();
  if (wrapper === '') return undefined;
  const [program = '', ...rest] = splitList(wrapper);
  // Postfix's own does not know us.
  const isOurs = path.basename(program) === 'postmulti';
  const command = isOurs ? process.execPath : program;
  const first = isOurs ? [builtProgram('command/postmulti/main.js')] : [];
  const child = spawn(command, [...first, ...rest, ...args], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(new FatalError(`multi_instance_wrapper = ${wrapper}: ${error.message}`, 1));
    });
    child.once('exit', (status) => resolve(status ?? 1));
  });
}

function multiInstanceWrapper(): string {
  try {
    const { settings } = loadMainCf(configDirectory(undefined));
    return settings.multi_instance_directories === '' ? '' : settings.multi_instance_wrapper;
  } catch (error) {
    if (error instanceof FatalError) return ''; // the command itself will say what is wrong
    throw error;
  }
}

/** Says it on standard error and in the mail log, as postfix-script does. */
async function say(
  configuration: Configuration,
  text: string,
  severity: 'info' | 'fatal' = 'info',
): Promise<void> {
  const program = `${configuration.settings.syslog_name}/postfix-script`;
  process.stderr.write(`${program}: ${severity === 'fatal' ? 'fatal: ' : ''}${text}\n`);
  try {
    const sink = openMailLog(configuration.settings, { json: false, foreground: false });
    createLog(sink, program, systemClock.now)[severity](text);
    await sink.flush();
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    process.stderr.write(`${program}: warning: ${error.message}\n`);
  }
}

function load(invocation: Invocation): Configuration {
  try {
    const configuration = loadConfiguration(invocation.configDirectory);
    for (const warning of configuration.warnings)
      process.stderr.write(`postfix: warning: ${warning}\n`);
    return configuration;
  } catch (error) {
    if (error instanceof FatalError) throw new FatalError(error.message, 1, { cause: error });
    throw error;
  }
}

async function check(invocation: Invocation): Promise<number> {
  load(invocation);
  return 0;
}

async function start(invocation: Invocation): Promise<number> {
  const configuration = load(invocation);
  if (runningMaster(configuration.settings.queue_directory) !== undefined) {
    await say(configuration, `${systemName} is already running`, 'fatal');
    return 1;
  }
  await say(configuration, `starting ${systemName}`);
  const master = spawn(
    process.execPath,
    [
      builtProgram('app/master.js'),
      '-c',
      invocation.configDirectory,
      ...(invocation.json ? ['--json'] : []),
    ],
    {
      detached: true,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    },
  );
  return new Promise((resolve) => {
    master.once('message', (message: { op: string; text?: string }) => {
      if (message.op !== 'ready')
        process.stderr.write(`postfix/master: fatal: ${message.text ?? 'start failed'}\n`);
      if (master.connected) master.disconnect();
      master.unref();
      resolve(message.op === 'ready' ? 0 : 1);
    });
    master.once('exit', (code) => resolve(code === 0 ? 0 : 1));
  });
}

async function startForeground(invocation: Invocation): Promise<number> {
  const configuration = load(invocation);
  if (runningMaster(configuration.settings.queue_directory) !== undefined) {
    await say(configuration, `${systemName} is already running`, 'fatal');
    return 1;
  }
  const master = spawn(
    process.execPath,
    [
      builtProgram('app/master.js'),
      '-c',
      invocation.configDirectory,
      '--foreground',
      ...(invocation.json ? ['--json'] : []),
    ],
    { stdio: 'inherit' },
  );
  // The signals that we get are meant for master; those of a terminal it gets by itself.
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
    process.on(signal, () => master.kill(signal));
  process.on('SIGINT', () => undefined);
  return new Promise((resolve) => {
    master.once('exit', (code) => resolve(code ?? 1));
  });
}

async function end(invocation: Invocation, signal: NodeJS.Signals, verb: string): Promise<number> {
  const configuration = load(invocation);
  const { queue_directory } = configuration.settings;
  const pid = runningMaster(queue_directory);
  if (pid === undefined) {
    await say(configuration, `${systemName} is not running`, 'fatal');
    return 1;
  }
  await say(configuration, `${verb} ${systemName}`);
  process.kill(pid, signal);
  for (let waited = 0; waited < stopSeconds * 20; waited += 1) {
    if (runningMaster(queue_directory) === undefined) return 0;
    await sleep(50);
  }
  await say(configuration, `stopping ${systemName} with force`);
  process.kill(pid, 'SIGQUIT');
  await sleep(500);
  return runningMaster(queue_directory) === undefined ? 0 : 1;
}

async function reload(invocation: Invocation): Promise<number> {
  const configuration = load(invocation);
  const pid = runningMaster(configuration.settings.queue_directory);
  if (pid === undefined) {
    await say(configuration, `${systemName} is not running`, 'fatal');
    return 1;
  }
  await say(configuration, `refreshing ${systemName}`);
  process.kill(pid, 'SIGHUP');
  return 0;
}

async function flush(invocation: Invocation): Promise<number> {
  const configuration = load(invocation);
  const { queue_directory } = configuration.settings;
  const answer = await sendControl(path.join(queue_directory, 'public', 'qmgr'), {
    op: 'flushAll',
  });
  if (answer === 'ok') return 0;
  // As postqueue(1), which does it in Postfix.
  const text =
    answer === 'denied'
      ? `User ${invokingUser()} is not allowed to flush the mail queue`
      : 'Cannot flush mail queue - mail system is down';
  process.stderr.write(`postqueue: fatal: ${text}\n`);
  return sysexits.unavailable;
}

async function status(invocation: Invocation): Promise<number> {
  const configuration = load(invocation);
  const pid = runningMaster(configuration.settings.queue_directory);
  if (pid === undefined) {
    await say(configuration, `${systemName} is not running`);
    return 1;
  }
  await say(configuration, `${systemName} is running: PID: ${pid}`);
  return 0;
}

await runCommand('postfix', main);
