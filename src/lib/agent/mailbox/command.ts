/**
 * agent/mailbox/command - runs a recipient's command with the message on its standard input.
 *
 * Invariants: the environment is what was given and nothing else; only the three standard descriptors are open; the
 * whole process group ends at the time limit; output is bounded. Postfix: pipe_command(3).
 */
import { spawn } from 'node:child_process';
import type {
  CommandOutcome,
  MailboxMessage,
  UserCommand,
} from '../../ipc/conversation/mailbox.js';
import { contentOf } from './content.js';

const maxOutput = 4096;
const shell = '/bin/sh';

// Only words, and nothing that a shell would act on: such a command line is run without one.
const plainCommand = /^[A-Za-z0-9_@%+=:,./ \t-]+$/;

export function runUserCommand(
  command: UserCommand,
  message: MailboxMessage,
): Promise<CommandOutcome> {
  const [program = '', ...args] = argumentsOf(command);
  return new Promise((resolve) => {
    let child: ReturnType<typeof spawn>;
    try {
      child = spawn(program, args, {
        cwd: command.directory,
        env: { ...command.environment },
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: true, // a group of its own, to be ended as a whole
      });
    } catch (error) {
      resolve({ is: 'failed', text: (error as Error).message });
      return;
    }
    let output = '';
    let timedOut = false;
    const collect = (data: Buffer): void => {
      if (output.length < maxOutput) output += data.toString('utf8', 0, maxOutput - output.length);
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup(child.pid);
    }, command.timeoutMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ is: 'failed', text: error.message });
    });
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      if (timedOut) resolve({ is: 'timeout' });
      else if (signal !== null) resolve({ is: 'signalled', signal, output });
      else resolve({ is: 'exited', status: status ?? 0, output });
    });
    child.stdin?.on('error', () => undefined); // a command need not read its input
    void feed(child, message);
  });
}

function argumentsOf(command: UserCommand): readonly string[] {
  if (command.argv) return command.argv;
  const line = command.shell ?? '';
  if (command.shellProgram !== undefined && command.shellProgram !== '') {
    return [...command.shellProgram.split(/\s+/), line];
  }
  if (plainCommand.test(line) && !/^\s*[A-Za-z_]+=/.test(line) && line.trim().startsWith('/'))
    return line.trim().split(/\s+/);
  return [shell, '-c', line];
}

async function feed(child: ReturnType<typeof spawn>, message: MailboxMessage): Promise<void> {
  const input = child.stdin;
  if (!input) return;
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    input.once('close', () => resolve());
  });
  try {
    input.write(message.prefix);
    for await (const chunk of contentOf(message)) {
      if (input.destroyed) return;
      if (!input.write(chunk))
        await Promise.race([closed, new Promise((resolve) => input.once('drain', resolve))]);
    }
  } finally {
    input.end();
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it ended by itself
  }
}
