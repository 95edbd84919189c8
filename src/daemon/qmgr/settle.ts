/**
 * qmgr/settle - after a portion of recipients was tried: notifications, then the outcome into the store.
 *
 * Order: the notification is queued before the recipient is marked done, so that a crash between repeats a
 * notification and never loses one. When it cannot be queued, the recipient is `owed` its notification, and is not
 * delivered to again. Postfix: qmgr_active.c.
 */
import type { NotifiedRecipient } from '../../lib/ipc/conversation/bounce.js';
import { dsnNotify } from '../../lib/ipc/envelope.js';
import type { Delivery } from '../../lib/ipc/delivery.js';
import { logAddress } from '../../lib/log/log.js';
import { QueueError, type RecipientStatus, type Settlement } from '../../lib/queue/store.js';
import type { ActiveMessage, Result } from './active-message.js';
import type { QueueManagerParts } from './parts.js';
import { reportedResults } from './reported.js';
import { verpSenderOf } from './verp.js';

export interface Verdict {
  /** Further recipients follow: keep the claim. */
  readonly more: boolean;
  readonly stopping: boolean;
  readonly signal: AbortSignal;
  isExpired(now: number): boolean;
  nextAttempt(now: number): number;
}

/** @returns when the message is due again, if it is */
export async function settleMessage(
  parts: QueueManagerParts,
  message: ActiveMessage,
  verdict: Verdict,
): Promise<number | undefined> {
  const { log, clock } = parts;
  const now = clock.now();
  await message.saving;
  const { results } = message;
  message.results = [];
  message.saved = 0;
  const expired = verdict.isExpired(now);
  const lasting = (delivery: Delivery): boolean => delivery.action !== 'deferred' || expired;

  const reported = reportedResults(results);
  const failures = reported.filter(({ delivery }) => delivery.action === 'bounced');
  const overdue = expired ? reported.filter(({ delivery }) => delivery.action === 'deferred') : [];
  const successes = reported.filter(
    ({ recipient, delivery }) =>
      delivery.action === 'sent' &&
      delivery.successReportedBy !== 'next-hop' &&
      (recipient.dsnNotify & dsnNotify.success) !== 0,
  );
  const owed = new Set(await untold(parts, message, 'failure', failures));
  if (overdue.length > 0) {
    const { envelope, forceExpire } = message.claim.message;
    log.info(
      `${message.queueId}: from=<${logAddress(log, envelope.sender)}>, status=${forceExpire ? 'force-expired' : 'expired'}, returned to sender`,
    );
    for (const index of await untold(parts, message, 'failure', overdue)) owed.add(index);
  }
  for (const index of await untold(parts, message, 'success', successes)) owed.add(index);
  message.owed += owed.size;

  message.deferred.push(...results.filter(({ delivery }) => !lasting(delivery)));
  const isLast = !verdict.more;
  const leftPending = verdict.stopping && message.nextIndex < message.claim.message.recipientCount;
  const triesAgain = message.deferred.length > 0 || message.owed > 0;
  const stays = triesAgain || leftPending || unreported(message, results, verdict);
  const warned = isLast && stays ? await warnOfDelay(parts, message, now) : false;

  const statusOf = ({ recipient, delivery }: Result): RecipientStatus => {
    if (owed.has(recipient.index)) return 'owed';
    return lasting(delivery) ? 'done' : 'pending';
  };
  const then = verdict.more
    ? ({ is: 'keep' } as const)
    : stays
      ? ({ is: 'defer', at: triesAgain ? verdict.nextAttempt(now) : now } as const)
      : ({ is: 'remove' } as const);
  await persist(parts, message, verdict.signal, {
    recipients: new Map(
      results.map((result) => [
        result.recipient.index,
        { status: statusOf(result), delivery: result.delivery },
      ]),
    ),
    then,
    ...(warned ? { warned: true } : {}),
  });
  if (then.is === 'remove') log.info(`${message.queueId}: removed`);
  return then.is === 'defer' ? then.at : undefined;
}

const retryMs = 10_000;

/** What was delivered must not be delivered again: on a full disk this waits until there is room. */
async function persist(
  { store, log, clock }: QueueManagerParts,
  { claim, queueId }: ActiveMessage,
  signal: AbortSignal,
  settlement: Settlement,
): Promise<void> {
  for (;;) {
    try {
      await store.settle(claim, settlement);
      return;
    } catch (error) {
      const mayPass =
        error instanceof QueueError && (error.reason === 'full' || error.reason === 'failed');
      if (!mayPass || signal.aborted) throw error;
      log.warning(`${queueId}: the outcome is not stored: ${error.message}`);
      await clock.sleep(retryMs, signal).catch(() => undefined); // stopping: one more try
    }
  }
}

/** Tells the sender. The indexes of recipients of which that failed: it is tried again later. */
async function untold(
  parts: QueueManagerParts,
  message: ActiveMessage,
  kind: 'failure' | 'success',
  results: readonly Result[],
): Promise<readonly number[]> {
  const { verp } = message.claim.message.envelope;
  const isEach = verp !== undefined && kind === 'failure' && !parts.settings.disable_verp_bounces;
  const untold: number[] = [];
  for (const told of isEach ? results.map((result) => [result]) : [results]) {
    try {
      await notify(parts, message, kind, told, isEach);
    } catch (error) {
      parts.log.warning(`${message.queueId}: ${kind} notification: ${(error as Error).message}`);
      untold.push(...told.map(({ recipient }) => recipient.index));
    }
  }
  return untold;
}

/** At a stop, entries were given back without an outcome: their recipients are pending still. */
function unreported(message: ActiveMessage, results: readonly Result[], verdict: Verdict): boolean {
  return (
    verdict.stopping &&
    results.length + message.deferred.length < message.claim.message.recipientCount
  );
}

async function notify(
  parts: QueueManagerParts,
  message: ActiveMessage,
  kind: 'failure' | 'delay' | 'success',
  results: readonly Result[],
  toVerpSender = false,
): Promise<void> {
  const [first] = results;
  if (!first) return;
  const { envelope } = message.claim.message;
  const recipients: NotifiedRecipient[] = results.map(({ recipient, delivery }) => ({
    ...recipient,
    delivery,
  }));
  await parts.bounce.notify({
    kind,
    queueId: message.queueId,
    envelope,
    ...(toVerpSender ? { to: verpSenderOf(envelope, first.recipient) } : {}),
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
    ({ delivery }) => delivery.action === 'deferred',
  );
  try {
    await notify(parts, message, 'delay', late);
    return true;
  } catch (error) {
    parts.log.warning(`${message.queueId}: delay notification: ${(error as Error).message}`);
    return false;
  }
}
