/**
 * qmgr/checkpoint - stores outcomes while other recipients of the message are still under way.
 *
 * So a crash repeats only what ended a moment ago, and not what was delivered while a slow site kept the message.
 * What is final and must be told to the sender is stored as `owed`. What a group of recipients came to is left to the
 * end: the store's record of it says what has been told. One at a time a message; what comes meanwhile goes with the
 * next. Postfix: deliver_completed().
 */
import type { QueueStore, RecipientStatus } from '../../lib/queue/store.js';
import { dsnNotify } from '../../lib/ipc/envelope.js';
import type { Delivery } from '../../lib/ipc/delivery.js';
import type { ActiveMessage, Result } from './active-message.js';

type Outcome = { readonly status: RecipientStatus; readonly delivery: Delivery };

/** Nothing here is lost by a failure: the end of the portion stores all of it again. */
export function checkpoint(store: Pick<QueueStore, 'settle'>, message: ActiveMessage): void {
  if (message.saving) return;
  const recipients = unsaved(message);
  if (recipients.size === 0) return;
  message.saving = store
    .settle(message.claim, { recipients, then: { is: 'keep' } })
    .then(
      () => true,
      () => false,
    )
    .then((isSaved) => {
      message.saving = undefined;
      if (isSaved && message.pending > 0) checkpoint(store, message);
    });
}

function unsaved(message: ActiveMessage): Map<number, Outcome> {
  const outcomes = new Map<number, Outcome>();
  for (; message.saved < message.results.length; message.saved += 1) {
    const result = message.results[message.saved];
    if (!result || result.delivery.parts) continue;
    const { recipient, delivery } = result;
    outcomes.set(recipient.index, { status: statusOf(result), delivery });
  }
  return outcomes;
}

function statusOf({ recipient, delivery }: Result): RecipientStatus {
  if (delivery.action === 'deferred') return 'pending';
  const isDone = delivery.action === 'sent' && (recipient.dsnNotify & dsnNotify.success) === 0;
  return isDone ? 'done' : 'owed';
}
