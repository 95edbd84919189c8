/** local/message - the message as a leaf gets it: Return-Path, X-Original-To, Delivered-To before the content. */
import { mailboxMessage } from '../../lib/agent/mailbox/message.js';
import type { MailboxMessage } from '../../lib/ipc/conversation/mailbox.js';
import { splitList } from '../../lib/util/list.js';
import type { LocalCore, Position, Tree } from './core.js';

/** @param context which word of prepend_delivered_header asks for a Delivered-To: mailboxes are files */
export function messageFor(
  { settings }: LocalCore,
  tree: Tree,
  position: Position,
  context: 'command' | 'file',
): MailboxMessage {
  const marks = splitList(settings.prepend_delivered_header).includes(context);
  return mailboxMessage(tree.request, {
    sender: position.sender,
    original: settings.enable_original_recipient ? position.original : '',
    delivered: marks ? position.delivered : '',
  });
}
