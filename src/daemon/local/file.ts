/**
 * local/file - `/file` and `/directory/` as targets.
 *
 * Postfix: file.c of local(8).
 */
import { fromLine, mailboxLimits, writeDiagnostic } from '../../lib/agent/mailbox/message.js';
import type { MailboxLimits, MailboxOutcome } from '../../lib/ipc/conversation/mailbox.js';
import { leaf, type LocalCore, type Position, type Rights, type Tree } from './core.js';
import { messageFor } from './message.js';
import { contextOf } from './rights.js';

export async function saveToFile(
  core: LocalCore,
  tree: Tree,
  position: Position,
  rights: Rights,
  path: string,
): Promise<void> {
  const { users, clock } = core;
  const worker = await users.for(contextOf(rights));
  const message = messageFor(core, tree, position, 'file');
  const limits = { ...limitsOf(core), ownerOnly: false, anyFile: true };
  if (path.endsWith('/')) {
    const outcome = await worker.maildir(path, message, limits);
    settleMailbox(core, tree, position, outcome, 'maildir', 'maildir delivery failed: ');
    return;
  }
  const from = fromLine(position.sender, clock.now());
  const outcome = await core.gate.run(`${rights.uid}`, () =>
    worker.mbox(path, from, message, limits),
  );
  const failed = `cannot append message to file ${path}: `;
  settleMailbox(core, tree, position, outcome, `file: ${path}`, failed);
}

export function limitsOf({ settings }: LocalCore): MailboxLimits {
  return mailboxLimits(
    settings,
    settings.mailbox_size_limit,
    settings.mailbox_delivery_lock,
    '5.2.0',
  );
}

/** @param failed what goes before the cause */
export function settleMailbox(
  { log }: LocalCore,
  tree: Tree,
  position: Position,
  outcome: MailboxOutcome,
  place: string,
  failed: string,
): void {
  for (const text of outcome.warnings ?? []) log.warning(text);
  tree.settle(
    position,
    outcome.is === 'done'
      ? leaf('sent', '2.0.0', `delivered to ${place}`)
      : {
          ...leaf(outcome.is, outcome.dsn, failed + outcome.text),
          ...writeDiagnostic(outcome.text),
        },
  );
}
