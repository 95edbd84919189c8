/**
 * qmgr/settle - after a portion of recipients was tried: notifications, then the outcome into the store.
 *
 * Order: the notification is queued before the recipient is marked done, so that a crash between repeats a
 * notification and never loses one. Postfix: qmgr_active.c.
 */
import type { NotifiedRecipient } from '../../lib/ipc/conversation/bounce.js';
import { dsnNotify } from '../../lib/ipc/envelope.js';
import type { Delivery } from '../../lib/ipc/delivery.js';
import { quoteAddress } from '../../lib/protocol/address/quote.js';
import type { ActiveMessage, Result } from './active-message.js';
import type { QueueManagerParts } from './parts.js';
import { reportedResults } from './reported.js';

export interface Verdict {
  /** Further recipients follow: keep the claim. */
  readonly more: boolean;
  readonly stopping: boolean;
  isExpired(now: number): boolean;
  nextAttempt(now: number): number;
}

export async function settleMessage(
  parts: QueueManagerParts,
  message: ActiveMessage,
  verdict: Verdict,
): Promise<void> {
  const { store, log, clock, settings } = parts;
  const now = clock.now();
  const results = settings.soft_bounce ? message.results.map(softened) : message.results;
  message.results = [];
  const expired = verdict.isExpired(now);
  const lasting = (delivery: Delivery): boolean => delivery.action !== 'deferred' || expired;

  const reported = reportedResults(results);
  const failures = reported.filter(
    ({ delivery }) => delivery.action === 'bounced' || (delivery.action === 'deferred' && expired),
  );
  const successes = reported.filter(
    ({ recipient, delivery }) =>
      delivery.action === 'sent' &&
      delivery.successReportedBy !== 'next-hop' &&
      (recipient.dsnNotify & dsnNotify.success) !== 0,
  );
  if (expired && results.some(({ delivery }) => delivery.action === 'deferred')) {
    log.info(
      `${message.queueId}: from=<${quoteAddress(message.claim.message.envelope.sender)}>, status=expired, returned to sender`,
    );
  }
  await notify(parts, message, 'failure', failures);
  await notify(parts, message, 'success', successes);

  message.deferred.push(...results.filter(({ delivery }) => !lasting(delivery)));
  const isLast = !verdict.more;
  const leftPending = verdict.stopping && message.nextIndex < message.claim.message.recipientCount;
  const stays = message.deferred.length > 0 || leftPending || unreported(message, results, verdict);
  const warned = isLast && stays ? await warnOfDelay(parts, message, now) : false;

  await store.settle(message.claim, {
    recipients: new Map(
      results.map(({ recipient, delivery }) => [
        recipient.index,
        { status: lasting(delivery) ? ('done' as const) : ('pending' as const), delivery },
      ]),
    ),
    then: verdict.more
      ? { is: 'keep' }
      : stays
        ? { is: 'defer', at: message.deferred.length > 0 ? verdict.nextAttempt(now) : now }
        : { is: 'remove' },
    ...(warned ? { warned: true } : {}),
  });
  if (isLast && !stays) log.info(`${message.queueId}: removed`);
}

/** At a stop, entries were given back without an outcome: their recipients are pending still. */
function unreported(message: ActiveMessage, results: readonly Result[], verdict: Verdict): boolean {
  return (
    verdict.stopping &&
    results.length + message.deferred.length < message.claim.message.recipientCount
  );
}

function softened({ recipient, delivery }: Result): Result {
  const parts = delivery.parts?.map(soften);
  return { recipient, delivery: { ...soften(delivery), ...(parts ? { parts } : {}) } };
}

function soften<T extends Pick<Delivery, 'action' | 'dsn'>>(outcome: T): T {
  if (outcome.action !== 'bounced') return outcome;
  return { ...outcome, action: 'deferred', dsn: outcome.dsn.replace(/^5/, '4') };
}

async function notify(
  parts: QueueManagerParts,
  message: ActiveMessage,
  kind: 'failure' | 'delay' | 'success',
  results: readonly Result[],
): Promise<void> {
  if (results.length === 0) return;
  const recipients: NotifiedRecipient[] = results.map(({ recipient, delivery }) => ({
    ...recipient,
    delivery,
  }));
  await parts.bounce.notify({
    kind,
    queueId: message.queueId,
    envelope: message.claim.message.envelope,
    recipients,
    size: message.claim.message.size,
    content: () => parts.store.content(message.queueId),
  });
}

/** Tells the sender once that the mail is late (delay_warning_time). True: told. */
async function warnOfDelay(
  parts: QueueManagerParts,
  message: ActiveMessage,
  now: number,
): Promise<boolean> {
  const { delay_warning_time } = parts.settings;
  const { envelope, warned } = message.claim.message;
  if (delay_warning_time <= 0 || warned || now - envelope.arrival < delay_warning_time * 1000)
    return false;
  const late = reportedResults(message.deferred).filter(
    ({ recipient, delivery }) =>
      delivery.action === 'deferred' &&
      (recipient.dsnNotify === 0 || (recipient.dsnNotify & dsnNotify.delay) !== 0),
  );
  await notify(parts, message, 'delay', late);
  return true;
}
