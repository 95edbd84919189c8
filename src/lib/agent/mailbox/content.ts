/** agent/mailbox/content - the content of a message for a mailbox, as chunks. */
import type { MailboxMessage } from '../../ipc/conversation/mailbox.js';

export async function* contentOf(
  message: Pick<MailboxMessage, 'inline' | 'content'>,
): AsyncIterable<Uint8Array> {
  if (message.inline) yield message.inline;
  else yield* message.content();
}
