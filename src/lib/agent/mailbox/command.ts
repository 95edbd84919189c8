/**
 * agent/mailbox/command - runs a recipient's command with the message on its standard input.
 *
 * Invariants: the environment is what was given and nothing else; only the three standard descriptors are open; the
 * whole process group ends at the time limit; output is bounded, and what is beyond is read and dropped.
 * Postfix: pipe_command(3).
 */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { accessSync, closeSync, constants } from 'node:fs';
import os from 'node:os';
import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import type {
  CommandOutcome,
  MailboxMessage,
  UserCommand,
} from '../../ipc/conversation/mailbox.js';
import { limitFileSize } from '../../sys/file-size-limit.js';
import {
  closePipe,
  createPipe,
  endOfPipe,
  keepDescriptorsToOurselves,
  type Pipe,
} from '../../sys/pipe.js';
import { errnoText } from '../../util/errno-text.js';
import { programsOf } from './command-line.js';
import { contentOf } from './content.js';

const maxOutput = 4096;

/** @param home where to stand when `command.directory` need not be entered and cannot be */
export async function runUserCommand(
  command: UserCommand,
  message: MailboxMessage,
  home: string,
): Promise<CommandOutcome> {
  const directory = standIn(command, home);
  if (typeof directory !== 'string') return directory;
  let missing: NodeJS.ErrnoException | undefined;
  let program = '';
  for (const argv of programsOf(command)) {
    program = argv[0] ?? '';
    const child = await start(argv, command, directory);
    if (child instanceof Error) {
      missing = child;
      if (child.code === 'ENOENT') continue;
      break;
    }
    return watch(child, command, message);
  }
  const text = `execvp ${program}: ${errnoText(missing)}`;
  return { is: 'failed', text, isStarted: true };
}

/** Where the command begins; an outcome when that is not possible. */
function standIn(command: UserCommand, home: string): string | CommandOutcome {
  const problem = cannotEnter(command.directory);
  if (problem === undefined) return command.directory;
  if (!command.mustExist) return cannotEnter(home) === undefined && home !== '' ? home : '/';
  const who = `uid=${process.geteuid?.() ?? 0} gid=${process.getegid?.() ?? 0}`;
  const text = `cannot change directory to "${command.directory}" for ${who}: ${problem}`;
  return { is: 'failed', text, isStarted: false };
}

function cannotEnter(directory: string): string | undefined {
  try {
    accessSync(`${directory}/.`, constants.X_OK);
    return undefined;
  } catch (error) {
    return errnoText(error);
  }
}

interface Running {
  readonly child: ChildProcess;
  readonly stdin: Writable;
  /** Both of its outputs; ends when no one has them open any more. */
  readonly outputs: readonly Readable[];
}

/** The child when it runs; an error when there is no such program or it may not be run. */
function start(
  argv: readonly string[],
  command: UserCommand,
  directory: string,
): Promise<Running | NodeJS.ErrnoException> {
  const [program = '', ...args] = argv;
  const input = createPipe();
  const output = createPipe();
  const restore = limitFileSize(command.fileSizeLimit);
  keepDescriptorsToOurselves();
  let child: ChildProcess;
  try {
    child = spawn(program, args, {
      cwd: directory,
      env: { ...command.environment },
      stdio: input && output ? [input.read, output.write, output.write] : 'pipe',
      detached: true, // a group of its own, to be ended as a whole
    });
  } catch (error) {
    closePipe(input);
    closePipe(output);
    return Promise.resolve(error as NodeJS.ErrnoException);
  } finally {
    restore();
  }
  const streams = streamsOf(child, input, output);
  return new Promise((resolve) => {
    child.once('error', (error) => {
      for (const stream of [streams.stdin, ...streams.outputs]) stream.destroy();
      resolve(error);
    });
    child.once('spawn', () => resolve({ child, ...streams }));
  });
}

/** Our ends; the child's are closed here. */
function streamsOf(
  child: ChildProcess,
  input: Pipe | undefined,
  output: Pipe | undefined,
): Omit<Running, 'child'> {
  if (input && output) {
    closeSync(input.read);
    closeSync(output.write);
    return { stdin: endOfPipe(input.write, 'write'), outputs: [endOfPipe(output.read, 'read')] };
  }
  closePipe(input);
  closePipe(output);
  const { stdin, stdout, stderr } = child as ChildProcessWithoutNullStreams;
  return { stdin, outputs: [stdout, stderr] };
}

function watch(
  { child, stdin, outputs }: Running,
  command: UserCommand,
  message: MailboxMessage,
): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    let output = '';
    let open = outputs.length + 1; // the process counts as one
    let ended: CommandOutcome | undefined;
    const closeOne = (): void => {
      open -= 1;
      if (open > 0) return;
      clearTimeout(timer);
      stdin.destroy();
      // What was said after the end counts, too: a part of the group may have gone on.
      resolve(ended && 'output' in ended ? { ...ended, output } : { is: 'timeout' });
    };
    const timer = setTimeout(() => {
      endGroup(child.pid);
      // A process that left the group may hold the pipes open: nobody waits for it.
      for (const stream of [stdin, ...outputs]) stream.destroy();
      resolve({ is: 'timeout' });
    }, command.timeoutMs);
    for (const stream of outputs) {
      stream.on('data', (data: Buffer) => {
        if (output.length < maxOutput)
          output += data.toString('latin1', 0, maxOutput - output.length);
      });
      stream.on('error', () => undefined); // its close follows
      stream.once('close', closeOne);
    }
    child.on('error', () => undefined); // of signals; the end comes as `exit`
    child.once('exit', (status, signal) => {
      ended =
        status === null
          ? { is: 'signalled', signal: signalNumber(signal), output }
          : { is: 'exited', status, output };
      closeOne();
    });
    stdin.on('error', () => undefined); // a command need not read its input
    feed(stdin, command, message).catch(() => {
      // Half a message must not look like a whole one.
      endGroup(child.pid);
    });
  });
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : os.constants.signals[signal];
}

async function feed(stdin: Writable, command: UserCommand, message: MailboxMessage): Promise<void> {
  const from = command.from === undefined ? '' : `${command.from}\n`;
  stdin.cork();
  stdin.write(from + message.prefix);
  process.nextTick(() => stdin.uncork());
  for await (const chunk of contentOf(message)) {
    if (stdin.destroyed) return;
    if (!stdin.write(chunk)) await drained(stdin);
  }
  stdin.end();
}

/** More may be written, or no one reads any more. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.once('drain', done).once('close', done);
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it ended by itself
  }
}
