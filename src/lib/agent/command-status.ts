/**
 * agent/command-status - what the end of a command means for the mail; pure.
 *
 * Postfix: pipe_command(3), sys_exits(3), dsn_util(3).
 */
import type { CommandOutcome } from '../ipc/conversation/mailbox.js';
import type { Delivery } from '../ipc/delivery.js';

/** An outcome before it is anyone's: what the agent adds is the relay and the time. */
export type CommandResult = Pick<Delivery, 'action' | 'dsn' | 'text'> &
  Partial<Pick<Delivery, 'diagnosticType' | 'diagnostic'>>;

const result = (action: Delivery['action'], dsn: string, text: string): CommandResult => ({
  action,
  dsn,
  text,
});

/** sysexits(3): status and words. */
const exits: Readonly<Record<number, readonly [dsn: string, text: string]>> = {
  64: ['5.3.0', 'command line usage error'],
  65: ['5.6.0', 'data format error'],
  66: ['5.3.0', 'cannot open input'],
  67: ['5.1.1', 'user unknown'],
  68: ['5.1.2', 'host name unknown'],
  69: ['5.3.0', 'service unavailable'],
  70: ['5.3.0', 'internal software error'],
  71: ['4.3.0', 'system resource problem'],
  72: ['5.3.0', 'critical OS file missing'],
  73: ['5.2.0', "can't create user output file"],
  74: ['5.3.0', 'input/output error'],
  75: ['4.3.0', 'temporary failure'],
  76: ['5.5.0', 'remote error in protocol'],
  77: ['5.7.0', 'permission denied'],
  78: ['5.3.5', 'local configuration error'],
};

export interface CommandWords {
  /** The text of a success; it may show what the command said. */
  delivered(output: string): string;
  /** How Postfix's child begins what it says of a program that cannot be run. */
  fatal(text: string): string;
}

/** @param command as the log and the sender see it */
export function commandResult(
  outcome: CommandOutcome,
  command: string,
  words: CommandWords,
): CommandResult {
  switch (outcome.is) {
    case 'exited': {
      const output = printable(outcome.output);
      return outcome.status === 0
        ? result('sent', '2.0.0', words.delivered(output))
        : exitResult(outcome.status, output, command);
    }
    case 'signalled': {
      const text = `Command died with signal ${outcome.signal}: "${command}"`;
      return told('4.3.0', text, printable(outcome.output), softwareError);
    }
    case 'timeout': {
      const text = `Command time limit exceeded: "${command}"`;
      return told('5.3.0', text, '', softwareError);
    }
    case 'failed': {
      // What Postfix's child says in such a case, and its parent takes for the command's output.
      const output = outcome.isStarted ? `${words.fatal(outcome.text)} ` : '';
      return told('4.3.0', 'temporary failure', output, 'temporary failure');
    }
  }
}

// A command that begins its output with a status of RFC 3463 knows better than its exit status.
const statusInOutput = /^\s*([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)(.*)$/s;

function exitResult(status: number, output: string, command: string): CommandResult {
  const own = statusInOutput.exec(output);
  if (own) {
    const [, code = '', text = ''] = own;
    // It failed, so it cannot have succeeded.
    const dsn = code.startsWith('2') ? '5.0.0' : code;
    return withDiagnostic(result(actionOf(dsn), dsn, text), text);
  }
  const known = exits[status];
  if (!known)
    return told(
      '5.3.0',
      `Command died with status ${status}: "${command}"`,
      output,
      `unknown mail system error ${status}`,
    );
  const [dsn, text] = known;
  return told(dsn, text, output, text);
}

const softwareError = 'internal software error'; // EX_SOFTWARE stands for all that has no status of its own

/** @param silent the diagnostic of a command that said nothing */
function told(dsn: string, text: string, output: string, silent: string): CommandResult {
  const shown = output === '' ? text : `${text}. Command output: ${output}`;
  return withDiagnostic(result(actionOf(dsn), dsn, shown), output.trim() === '' ? silent : output);
}

function withDiagnostic(plain: CommandResult, output: string): CommandResult {
  return { ...plain, diagnosticType: 'x-unix', diagnostic: output.trimEnd() };
}

function actionOf(dsn: string): CommandResult['action'] {
  return dsn.startsWith('4') ? 'deferred' : 'bounced';
}

/** On one line, as text: line ends become blanks, what cannot be printed `_`. */
function printable(output: string): string {
  return Buffer.from(output, 'latin1')
    .toString('utf8')
    .replace(/[\t\n\v\f\r]/g, ' ')
    .replace(/[\p{Cc}\ufffd]/gu, '_');
}
