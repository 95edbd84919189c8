/**
 * local/command - `|command` and mailbox_command: with which rights, where, and with what around it.
 *
 * Postfix: command.c of local(8), pipe_command(3).
 */
import { commandResult } from '../../lib/agent/command-status.js';
import { fromLine } from '../../lib/agent/mailbox/message.js';
import type { LocalCore, Position, Rights, Tree } from './core.js';
import { environmentOf } from './environment.js';
import { expandFor, macrosOf } from './expand.js';
import { messageFor } from './message.js';
import { placeOf } from './place.js';
import { contextOf } from './rights.js';

/** @param runAs never root: rightsOrDefault() made it @throws the helper is not to be had */
export async function runCommand(
  core: LocalCore,
  tree: Tree,
  position: Position,
  runAs: Rights,
  command: string,
): Promise<void> {
  const { settings, users, log, clock, gate } = core;
  const place = placeOf(position.address, settings);
  const wanted = expandFor(
    settings.command_execution_directory,
    macrosOf(position.address, place, position.rights),
    settings.execution_directory_expansion_filter,
  );
  const worker = await users.for(contextOf(runAs));
  const request = {
    shell: command,
    environment: environmentOf(settings, position, place, tree.request.envelope.client),
    directory: wanted === '' ? settings.queue_directory : wanted,
    mustExist: wanted !== '',
    timeoutMs: settings.command_time_limit * 1000,
    shellProgram: settings.local_command_shell,
    from: fromLine(position.sender, clock.now()),
    fileSizeLimit: settings.mailbox_size_limit,
  };
  const message = messageFor(core, tree, position, 'command');
  const outcome = await gate.run(`${runAs.uid}`, () => worker.command(request, message));
  if (outcome.is === 'failed') log.fatal(outcome.text);
  if (outcome.is === 'timeout') log.warning('pipe_command_read: read time limit exceeded');
  const words = {
    delivered: (): string => `delivered to command: ${command}`,
    fatal: (text: string): string => `local: fatal: ${text}`,
  };
  tree.settle(position, commandResult(outcome, command, words));
}
