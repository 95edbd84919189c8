/**
 * local/command - `|command` and mailbox_command: how it is run, and what its exit status means.
 *
 * Postfix: command.c of local(8), pipe_command(3), sys_exits(3).
 */
import { mailboxMessage } from '../../lib/agent/mailbox/message.js';
import { splitExtension } from '../../lib/protocol/address/extension.js';
import { splitAddress } from '../../lib/protocol/address/quote.js';
import type { CommandOutcome } from '../../lib/ipc/conversation/mailbox.js';
import { splitList } from '../../lib/util/list.js';
import { type Leaf, leaf, type LocalCore, type Position, type Rights, type Tree } from './core.js';
import { contextOf } from './mailbox-context.js';

export async function runCommand(
  parts: LocalCore,
  tree: Tree,
  position: Position,
  rights: Rights,
  command: string,
  shown: string,
): Promise<Leaf> {
  const { settings, users } = parts;
  const worker = await users.for(contextOf(rights));
  const message = mailboxMessage(tree.request, {
    sender: position.sender,
    original: settings.enable_original_recipient ? tree.recipient.original : '',
    delivered: splitList(settings.prepend_delivered_header).includes('command')
      ? tree.delivered
      : '',
  });
  const outcome = await parts.gate.run(rights.name, () =>
    worker.command(
      {
        shell: command,
        environment: environmentOf(parts, tree, position, rights),
        directory: rights.home === '' ? '/' : '.',
        timeoutMs: settings.command_time_limit * 1000,
        ...(settings.local_command_shell === ''
          ? {}
          : { shellProgram: settings.local_command_shell }),
      },
      message,
    ),
  );
  return commandLeaf(outcome, command, shown);
}

function environmentOf(
  { settings }: LocalCore,
  tree: Tree,
  position: Position,
  rights: Rights,
): Record<string, string> {
  const { client } = tree.request.envelope;
  const { local, domain = '' } = splitAddress(position.address);
  const { extension = '' } = splitExtension(local, settings.recipient_delimiter);
  const safe = (value: string): string => value.replace(/[^0-9A-Za-z!@%+=:,./_ -]/g, '_');
  const environment: Record<string, string> = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: rights.home,
    USER: rights.name,
    LOGNAME: rights.name,
    SHELL: '/bin/sh',
    LOCAL: safe(local),
    DOMAIN: safe(domain),
    EXTENSION: safe(extension),
    RECIPIENT: safe(position.address),
    ORIGINAL_RECIPIENT: safe(tree.recipient.original),
    SENDER: position.sender === '' ? 'MAILER-DAEMON' : safe(position.sender),
    CLIENT_ADDRESS: safe(client.address),
    CLIENT_HELO: safe(client.helo),
    CLIENT_HOSTNAME: safe(client.name),
    CLIENT_PROTOCOL: safe(client.protocol),
  };
  for (const name of splitList(settings.export_environment)) {
    const equals = name.indexOf('=');
    if (equals > 0) environment[name.slice(0, equals)] = name.slice(equals + 1);
    else if (process.env[name] !== undefined) environment[name] ??= process.env[name];
  }
  return environment;
}

// sysexits(3) as Postfix reads them: code, status, words.
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

/** @param shown the command as the log names it */
export function commandLeaf(outcome: CommandOutcome, command: string, shown: string): Leaf {
  const said = (output: string): string =>
    output.trim() === '' ? '' : `. Command output: ${output.trim().replace(/\n/g, ' ')}`;
  switch (outcome.is) {
    case 'exited': {
      if (outcome.status === 0) return leaf('sent', '2.0.0', `delivered to command: ${shown}`);
      const known = exits[outcome.status];
      const diagnostic = { diagnosticType: 'x-unix' as const, diagnostic: outcome.output.trim() };
      if (!known) {
        const text = `Command died with status ${outcome.status}: "${command}"${said(outcome.output)}`;
        return { ...leaf('bounced', '5.3.0', text), ...diagnostic };
      }
      const [dsn, words] = known;
      const action = dsn.startsWith('4') ? 'deferred' : 'bounced';
      return { ...leaf(action, dsn, `${words}${said(outcome.output)}`), ...diagnostic };
    }
    case 'signalled':
      return leaf(
        'deferred',
        '4.3.0',
        `Command died with signal ${outcome.signal}: "${command}"${said(outcome.output)}`,
      );
    case 'timeout':
      return leaf('deferred', '4.3.0', `Command time limit exceeded: "${command}"`);
    case 'failed':
      return leaf('deferred', '4.3.0', `unable to execute command: "${command}": ${outcome.text}`);
  }
}
