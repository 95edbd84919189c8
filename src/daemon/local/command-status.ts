/**
 * local/command-status - what the end of a command means for the mail; pure.
 *
 * Postfix: pipe_command(3), sys_exits(3), dsn_util(3).
 */
import type { CommandOutcome } from '../../lib/ipc/conversation/mailbox.js';
import { leaf, type Leaf } from './core.js';

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

/** @param command as the log and the sender see it */
export function commandLeaf(outcome: CommandOutcome, command: string): Leaf {
  switch (outcome.is) {
    case 'exited':
      return outcome.status === 0
        ? leaf('sent', '2.0.0', `delivered to command: ${command}`)
        : exitLeaf(outcome.status, printable(outcome.output), command);
    case 'signalled':
      return told(
        '4.3.0',
        `Command died with signal ${outcome.signal}: "${command}"`,
        printable(outcome.output),
      );
    case 'timeout':
      return leaf('bounced', '5.3.0', `Command time limit exceeded: "${command}"`);
    case 'failed':
      return leaf('deferred', '4.3.0', `temporary failure${outcome.shown}`);
  }
}

// A command that begins its output with a status of RFC 3463 knows better than its exit status.
const statusInOutput = /^\s*([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)(.*)$/s;

function exitLeaf(status: number, output: string, command: string): Leaf {
  const own = statusInOutput.exec(output);
  if (own) {
    const [, code = '', text = ''] = own;
    // It failed, so it cannot have succeeded.
    const dsn = code.startsWith('2') ? '5.0.0' : code;
    return withDiagnostic(leaf(actionOf(dsn), dsn, text), text);
  }
  const known = exits[status];
  if (!known) return told('5.3.0', `Command died with status ${status}: "${command}"`, output);
  const [dsn, text] = known;
  return told(dsn, text, output);
}

function told(dsn: string, text: string, output: string): Leaf {
  if (output === '') return leaf(actionOf(dsn), dsn, text);
  return withDiagnostic(leaf(actionOf(dsn), dsn, `${text}. Command output: ${output}`), output);
}

function withDiagnostic(plain: Leaf, output: string): Leaf {
  return output.trim() === ''
    ? plain
    : { ...plain, diagnosticType: 'x-unix', diagnostic: output.trimEnd() };
}

function actionOf(dsn: string): Leaf['action'] {
  return dsn.startsWith('4') ? 'deferred' : 'bounced';
}

/** On one line, as text: line ends become blanks, what cannot be printed `_`. */
function printable(output: string): string {
  return Buffer.from(output, 'latin1')
    .toString('utf8')
    .replace(/[\t\n\v\f\r]/g, ' ')
    .replace(/[\p{Cc}\ufffd]/gu, '_');
}
