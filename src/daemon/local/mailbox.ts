/**
 * local/mailbox - into a user's own mailbox: mailbox_command, home_mailbox, or the mail spool.
 *
 * Postfix: mailbox.c, maildir.c of local(8).
 */
import { mailboxLimits, mailboxMessage, fromLine } from '../../lib/agent/mailbox/message.js';
import type { MailboxOutcome } from '../../lib/ipc/conversation/mailbox.js';
import type { User } from '../../lib/sys/user.js';
import { runCommand } from './command.js';
import { contextOf } from './mailbox-context.js';
import { type Leaf, leaf, type LocalCore, type Position, type Tree } from './core.js';

export async function deliverToUser(
  parts: LocalCore,
  tree: Tree,
  position: Position,
  user: User,
): Promise<Leaf> {
  const { settings, users, clock } = parts;
  if (settings.mailbox_command !== '') {
    return runCommand(
      parts,
      tree,
      position,
      user,
      settings.mailbox_command,
      settings.mailbox_command,
    );
  }
  const message = mailboxMessage(tree.request, {
    sender: position.sender,
    original: settings.enable_original_recipient ? tree.recipient.original : '',
    delivered: tree.delivered,
  });
  const limits = mailboxLimits(
    settings,
    settings.mailbox_size_limit,
    settings.mailbox_delivery_lock,
  );
  const home = settings.home_mailbox;
  const spool = settings.mail_spool_directory;
  const place =
    home !== ''
      ? home
      : `${spool.replace(/\/*$/, '')}/${user.name}${spool.endsWith('/') ? '/' : ''}`;
  const worker = await users.for(contextOf(user));
  if (place.endsWith('/')) return stored(await worker.maildir(place, message, limits), 'maildir');
  const path = home !== '' ? `${user.home}/${home}` : place;
  const append = (): Promise<MailboxOutcome> =>
    worker.mbox(path, fromLine(position.sender, clock.now()), message, limits);
  return stored(await parts.gate.run(user.name, append), 'mailbox');
}

export function stored(outcome: MailboxOutcome, kind: string): Leaf {
  if (outcome.is === 'done') return leaf('sent', '2.0.0', `delivered to ${kind}`);
  return leaf(outcome.is, outcome.dsn, outcome.text);
}
