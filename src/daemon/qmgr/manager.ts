/**
 * qmgr/manager - drives messages from the queue to the agents and back.
 *
 * Invariants: every claimed message is settled or released; at most qmgr_message_active_limit are active; a portion
 * of recipients at a time lies in memory; an outcome is stored before the message goes.
 */
import { logDelivery } from '../../lib/agent/outcome.js';
import type { Delivery, DeliveryReport } from '../../lib/ipc/delivery.js';
import type { QueueManager } from '../../lib/ipc/conversation/queue-manager.js';
import { quoteAddress } from '../../lib/protocol/address/quote.js';
import { QueueError, type StoredRecipient } from '../../lib/queue/store.js';
import type { Timer } from '../../lib/sys/clock.js';
import { ActiveMessage, type Result } from './active-message.js';
import { isExpired, nextAttempt } from './backoff.js';
import { type Destination, type Grouped, groupRecipients } from './destinations.js';
import { transportLimits } from './limits.js';
import type { QueueManagerParts } from './parts.js';
import { type Dead, type Entry, Scheduler } from './scheduler.js';
import { settleMessage } from './settle.js';

interface Job {
  readonly message: ActiveMessage;
  readonly destination: Destination;
}

/** postsuper -e: no delivery is tried any more. */
function expired(recipients: readonly StoredRecipient[]): Grouped {
  const text = 'message is administratively expired';
  return {
    destinations: [],
    unroutable: recipients.map((recipient) => {
      return { recipient, action: 'deferred', dsn: '4.7.0', text };
    }),
  };
}

/** The outcome is known, its notification is owed still: as if nothing of it had been told. */
function owedResult({ delivery, ...recipient }: StoredRecipient): Result[] {
  return recipient.status === 'owed' && delivery ? [{ recipient, delivery }] : [];
}

const claimBatch = 100;
const recipientPortion = 1000;

export class Manager implements QueueManager {
  readonly #parts: QueueManagerParts;
  readonly #scheduler: Scheduler<Job>;
  readonly #deferTransports: ReadonlySet<string>;
  readonly #stopping = new AbortController();
  #active = 0;
  #pumping: Promise<void> | undefined;
  #again = false;
  #timer: Timer | undefined;
  /** Ends the pause (rate delay) of a destination. */
  #pause: Timer | undefined;
  #onIdle: (() => void) | undefined;

  constructor(parts: QueueManagerParts) {
    this.#parts = parts;
    this.#scheduler = new Scheduler((transport) => transportLimits(parts, transport));
    this.#deferTransports = new Set(
      parts.settings.defer_transports.split(/[\s,]+/).filter(Boolean),
    );
  }

  start(): void {
    this.#wake();
  }

  /** Deliveries under way finish; the rest goes back to the queue as it was. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#timer?.cancel();
    this.#pause?.cancel();
    const waiting = this.#scheduler.takeWaiting();
    await Promise.all(waiting.map((entry) => this.#giveBack(entry)));
    await this.#pumping;
    if (this.#active > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  arrived(): void {
    this.#wake();
  }

  flushAll(): void {
    this.#scheduler.reviveAll();
    void this.#makeDue();
  }

  flushOne(queueId: string): void {
    this.#scheduler.reviveAll();
    void this.#makeDue(queueId);
  }

  /** Deferred mail for a site: all of it is looked at, since the queue is not kept by site. */
  flushSite(): void {
    this.flushAll();
  }

  changed(): void {
    this.#wake();
  }

  async #makeDue(queueId?: string): Promise<void> {
    try {
      await this.#parts.store.makeDue(this.#parts.clock.now(), queueId);
    } catch (error) {
      this.#parts.log.warning(`flush: ${(error as Error).message}`);
    }
    this.#wake();
  }

  /** Looks into the queue soon; many calls make one look. */
  #wake(): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#pumping) {
      this.#again = true;
      return;
    }
    this.#pumping = this.#pump();
  }

  async #pump(): Promise<void> {
    const { log, clock } = this.#parts;
    try {
      do {
        this.#again = false;
        // New mail and mail that waited take turns, so that neither starves the other.
        const incoming = await this.#claim('incoming');
        const deferred = await this.#claim('deferred');
        if (incoming + deferred > 0) this.#again = true;
      } while (this.#again && !this.#stopping.signal.aborted);
    } catch (error) {
      log.warning(`the queue cannot be read: ${(error as Error).message}`);
    }
    this.#pumping = undefined;
    this.#timer?.cancel();
    if (this.#stopping.signal.aborted) return;
    this.#timer = clock.after(this.#nextLook(), () => this.#wake(), false);
    this.#startDeliveries();
  }

  /** Ms until there may be something to do that nobody tells us of. */
  #nextLook(): number {
    const { settings, clock, store } = this.#parts;
    const now = clock.now();
    const longest = settings.queue_run_delay * 1000;
    const due = Math.max(store.nextDue(now) ?? Infinity, now + 1000);
    return Math.max(1, Math.min(longest, due - now));
  }

  async #claim(from: 'incoming' | 'deferred'): Promise<number> {
    const { store, settings, clock, log } = this.#parts;
    const room = settings.qmgr_message_active_limit - this.#active;
    if (room <= 0) return 0;
    const claims = await store.claim(from, clock.now(), Math.min(claimBatch, room));
    for (const claim of claims) {
      const { envelope, size, recipientCount } = claim.message;
      log.info(
        `${claim.queueId}: from=<${quoteAddress(envelope.sender)}>, size=${size}, nrcpt=${recipientCount} (queue active)`,
      );
      const message = new ActiveMessage(claim, clock.now());
      this.#active += 1;
      await this.#nextPortion(message);
    }
    return claims.length;
  }

  /** Puts the next recipients of a message to work; when there are none left, the message is done for this time. */
  async #nextPortion(message: ActiveMessage): Promise<void> {
    const { store, settings, rewrite } = this.#parts;
    try {
      const { sender, contentFilter } = message.claim.message.envelope;
      const portion = store.recipients(message.queueId, message.nextIndex, recipientPortion);
      message.nextIndex += portion.length;
      const pending = portion.filter(({ status }) => status === 'pending');
      const { destinations, unroutable } = message.claim.message.forceExpire
        ? expired(pending)
        : await groupRecipients(pending, sender, contentFilter, settings, rewrite);
      message.results.push(...portion.flatMap(owedResult));
      message.pending += 1; // keeps the portion open while its parts are handed out
      for (const { recipient, action, dsn, text } of unroutable)
        this.#outcome(message, recipient, { action, dsn, text });
      for (const destination of destinations) this.#schedule(message, destination);
      await this.#released(message);
    } catch (error) {
      await this.#giveUp(message, error);
    }
    this.#startDeliveries();
  }

  #schedule(message: ActiveMessage, destination: Destination): void {
    const { clock } = this.#parts;
    const entry = {
      job: { message, destination },
      transport: destination.transport,
      queue: destination.queue,
    };
    if (this.#deferTransports.has(destination.transport)) {
      this.#deferAll(entry, { dsn: '4.3.2', text: 'deferred transport' });
      return;
    }
    if (this.#stopping.signal.aborted) {
      void this.#giveBack(entry, true);
      return;
    }
    const dead = this.#scheduler.add(entry, clock.now());
    if (dead) this.#deferAll(entry, dead);
    else message.pending += 1;
  }

  #startDeliveries(): void {
    if (this.#stopping.signal.aborted) return;
    const { clock } = this.#parts;
    for (
      let entry = this.#scheduler.next(clock.now());
      entry;
      entry = this.#scheduler.next(clock.now())
    ) {
      void this.#deliver(entry);
    }
    const now = clock.now();
    const paused = this.#scheduler.nextTime(now);
    this.#pause?.cancel();
    if (paused !== undefined)
      this.#pause = clock.after(paused - now, () => this.#startDeliveries(), false);
  }

  async #deliver(entry: Entry<Job>): Promise<void> {
    const { agentFor, settings, clock, log } = this.#parts;
    const { message, destination } = entry.job;
    const agent = agentFor(destination.transport);
    if (!agent) {
      log.warning(`transport ${destination.transport}: no such service in master.cf`);
      const why = { dsn: '4.3.0', text: 'mail transport unavailable' };
      const until = clock.now() + settings.transport_retry_time * 1000;
      const given = this.#scheduler.transportDead(destination.transport, why, until);
      this.#scheduler.finished(entry, clock.now());
      this.#deferAll(entry, why);
      for (const other of given) {
        this.#deferAll(other, why);
        await this.#released(other.job.message);
      }
      await this.#released(message);
      return;
    }
    let report: DeliveryReport;
    try {
      report = await agent.deliver(this.#request(entry));
    } catch (error) {
      log.warning(
        `${message.queueId}: ${destination.transport}: ${(error as Error).stack ?? String(error)}`,
      );
      report = { results: new Map() };
    }
    await this.#delivered(entry, report);
  }

  #request(
    entry: Entry<Job>,
  ): Parameters<NonNullable<ReturnType<QueueManagerParts['agentFor']>>['deliver']>[0] {
    const { store, clock } = this.#parts;
    const { message, destination } = entry.job;
    const { envelope, size } = message.claim.message;
    const inline = store.inlineContent(message.queueId);
    return {
      queueId: message.queueId,
      transport: destination.transport,
      nexthop: destination.nexthop,
      envelope,
      recipients: destination.recipients,
      times: { arrival: envelope.arrival, active: message.since, agent: clock.now() },
      size,
      content: () => store.content(message.queueId),
      ...(inline === undefined ? {} : { inline }),
      moreWaiting: this.#scheduler.hasMore(entry),
      signal: this.#stopping.signal,
    };
  }

  async #delivered(entry: Entry<Job>, report: DeliveryReport): Promise<void> {
    const { settings, clock } = this.#parts;
    const { message, destination } = entry.job;
    for (const recipient of destination.recipients) {
      const delivery = report.results.get(recipient.index) ?? this.#unknownOutcome();
      message.results.push({ recipient, delivery });
    }
    const trouble = report.siteFailure && {
      dsn: report.siteFailure.dsn,
      text: `delivery temporarily suspended: ${report.siteFailure.text}`,
    };
    const now = clock.now();
    const given = this.#scheduler.finished(
      entry,
      now,
      trouble,
      now + settings.minimal_backoff_time * 1000,
    );
    for (const other of given) {
      if (trouble) this.#deferAll(other, trouble);
      await this.#released(other.job.message);
    }
    this.#startDeliveries();
    await this.#released(message);
  }

  #unknownOutcome(): Delivery {
    return {
      action: 'deferred',
      dsn: '4.3.0',
      text: 'delivery agent failed',
      relay: 'none',
      time: this.#parts.clock.now(),
    };
  }

  #deferAll(entry: Entry<Job>, why: Dead): void {
    for (const recipient of entry.job.destination.recipients) {
      this.#outcome(entry.job.message, recipient, { action: 'deferred', ...why });
    }
  }

  /** An outcome that no agent had a part in. */
  #outcome(
    message: ActiveMessage,
    recipient: StoredRecipient,
    what: Pick<Delivery, 'action' | 'dsn' | 'text'>,
  ): void {
    const { log, clock } = this.#parts;
    const delivery: Delivery = {
      ...what,
      relay: 'none',
      time: clock.now(),
      ...(recipient.expanded ? { dsnAction: 'expanded' } : {}),
    };
    const times = {
      arrival: message.claim.message.envelope.arrival,
      active: message.since,
      agent: clock.now(),
    };
    if (!recipient.expanded)
      logDelivery(log, { queueId: message.queueId, times }, recipient, delivery);
    message.results.push({ recipient, delivery });
  }

  /** At a stop: the recipients stay pending. `unscheduled`: it was not counted yet. */
  async #giveBack(entry: Entry<Job>, unscheduled = false): Promise<void> {
    if (!unscheduled) await this.#released(entry.job.message);
  }

  /** One part of the message is through; after the last the portion is stored, then the next begins. */
  async #released(message: ActiveMessage): Promise<void> {
    message.pending -= 1;
    if (message.pending > 0) return;
    try {
      const { recipientCount } = message.claim.message;
      const more = message.nextIndex < recipientCount && !this.#stopping.signal.aborted;
      await settleMessage(this.#parts, message, {
        more,
        stopping: this.#stopping.signal.aborted,
        signal: this.#stopping.signal,
        isExpired: (now) => this.#isExpired(message, now),
        nextAttempt: (now) =>
          nextAttempt(message.claim.message.envelope.arrival, now, this.#parts.settings),
      });
      if (more) {
        await this.#nextPortion(message);
        return;
      }
      this.#done();
    } catch (error) {
      await this.#giveUp(message, error);
    }
  }

  #isExpired(message: ActiveMessage, now: number): boolean {
    const { envelope, forceExpire } = message.claim.message;
    return forceExpire || isExpired(envelope.arrival, now, envelope.sender, this.#parts.settings);
  }

  /** Something of ours failed: the message stays in the queue and is tried again later. */
  async #giveUp(message: ActiveMessage, error: unknown): Promise<void> {
    const { log, store, clock, settings } = this.#parts;
    const isGone =
      error instanceof QueueError && (error.reason === 'gone' || error.reason === 'stale');
    if (isGone) {
      log.info(`${message.queueId}: ${error.message}`);
    } else {
      log.warning(`${message.queueId}: ${(error as Error).message}`);
      try {
        await store.release(message.claim, clock.now() + settings.minimal_backoff_time * 1000);
      } catch (again) {
        log.warning(`${message.queueId}: ${(again as Error).message}; left until the next start`);
      }
    }
    this.#done();
  }

  #done(): void {
    this.#active -= 1;
    if (this.#active === 0) this.#onIdle?.();
    this.#wake();
  }
}
