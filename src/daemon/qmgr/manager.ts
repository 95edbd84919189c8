/**
 * qmgr/manager - drives messages from the queue to the agents and back.
 *
 * Invariants: every claimed message is settled or released; at most qmgr_message_active_limit are active; a portion
 * of recipients at a time lies in memory; an outcome is stored before the message goes.
 */
import { logDelivery, softened } from '../../lib/agent/outcome.js';
import type { Delivery, DeliveryReport, DeliveryRequest } from '../../lib/ipc/delivery.js';
import type { QueueManager } from '../../lib/ipc/conversation/queue-manager.js';
import type { Envelope } from '../../lib/ipc/envelope.js';
import { logAddress } from '../../lib/log/log.js';
import { QueueError, type StoredRecipient } from '../../lib/queue/store.js';
import type { Claim, Handover } from '../../lib/queue/store.js';
import type { Timer } from '../../lib/sys/clock.js';
import { ActiveMessage, type Result } from './active-message.js';
import { isExpired, nextAttempt } from './backoff.js';
import { checkpoint } from './checkpoint.js';
import { type Destination, type Grouped, groupRecipients } from './destinations.js';
import { Flush } from './flush.js';
import { Intake } from './intake.js';
import { transportLimits } from './limits.js';
import type { QueueManagerParts } from './parts.js';
import { type Dead, type Entry, Scheduler } from './scheduler.js';
import { settleMessage } from './settle.js';
import { verpEnvelope } from './verp.js';

interface Job {
  readonly message: ActiveMessage;
  readonly destination: Destination;
}

/** postsuper -e: no delivery is tried any more. Who was tried before is returned for the reason known since then. */
function expired(recipients: readonly StoredRecipient[]): Grouped {
  const text = 'message is administratively expired';
  return {
    destinations: [],
    unroutable: recipients
      .filter((recipient) => !triedBefore(recipient))
      .map((recipient) => ({ recipient, action: 'deferred', dsn: '4.7.0', text })),
  };
}

function triedBefore({ status, delivery }: StoredRecipient): boolean {
  return status === 'pending' && delivery?.action === 'deferred';
}

/** Its outcome of an earlier attempt is the one of this: as if nothing of it had been told. */
function earlierResult({ delivery, ...recipient }: StoredRecipient): Result[] {
  return delivery ? [{ recipient, delivery }] : [];
}

const claimBatch = 50;
const recipientPortion = 1000;
const soonest = 1000; // ms between looks through the deferred mail

export class Manager implements QueueManager {
  readonly #parts: QueueManagerParts;
  readonly #scheduler: Scheduler<Job>;
  readonly #deferTransports: ReadonlySet<string>;
  /** Deliveries under way are cut short. */
  readonly #stopping = new AbortController();
  /** Nothing new is begun: another goes on, or we stop. */
  #isEnding = false;
  /** Hears of each message that we are done with, once another goes on. */
  #handedBack: ((queueId: string) => void) | undefined;
  readonly #intake: Intake;
  readonly #flush: Flush;
  /** What arrived before may have been on its way when an earlier process ended. */
  readonly #began: number;
  #active = 0;
  /** Recipients in memory (qmgr_message_recipient_limit). */
  #loaded = 0;
  #pumping: Promise<void> | undefined;
  #timer: Timer | undefined;
  /** When #timer fires. */
  #nextLook = Infinity;
  /** When the incoming mail is looked through, told or not. */
  #nextRun = 0;
  /** Ends the pause (rate delay) of a destination. */
  #pause: Timer | undefined;
  #onIdle: (() => void)[] = [];

  constructor(parts: QueueManagerParts) {
    const { settings, store, clock, log } = parts;
    this.#parts = parts;
    this.#began = clock.now();
    this.#scheduler = new Scheduler((transport) => transportLimits(parts, transport));
    this.#deferTransports = new Set(settings.defer_transports.split(/[\s,]+/).filter(Boolean));
    this.#intake = new Intake(store);
    this.#flush = new Flush({ store, clock, log, due: () => this.#look('deferred') });
    if (settings.bounce_queue_lifetime > settings.maximal_queue_lifetime)
      log.warning(
        'bounce_queue_lifetime is larger than maximal_queue_lifetime - adjusting bounce_queue_lifetime',
      );
  }

  start(): void {
    this.rescan();
  }

  /** Deliveries under way are cut short; the rest goes back to the queue as it was. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#end();
    await this.idle();
  }

  /**
   * Begins nothing any more, and lets deliveries under way finish. What waits goes back to the queue for the next queue
   * manager, which must leave alone what is named here until it hears of it by `handedBack`.
   */
  async retire(handedBack: (queueId: string) => void): Promise<Handover> {
    await this.#end();
    this.#handedBack = handedBack;
    return this.#parts.store.handOver();
  }

  /** Resolves when no delivery is under way. */
  async idle(): Promise<void> {
    while (this.#active > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** The queue manager before this one is done with a message. */
  handedBack(queueIds: readonly string[]): void {
    this.#parts.store.handedBack(queueIds);
    for (const queueId of queueIds) this.#intake.tell(queueId);
    this.#wake();
  }

  async #end(): Promise<void> {
    this.#isEnding = true;
    this.#timer?.cancel();
    this.#pause?.cancel();
    const waiting = this.#scheduler.takeWaiting();
    await Promise.all(waiting.map((entry) => this.#giveBack(entry)));
    await this.#flush.end();
    await this.#pumping;
  }

  arrived(queueId: string): void {
    this.#intake.tell(queueId);
    this.#wake();
  }

  changed(queueId: string): void {
    this.arrived(queueId);
  }

  rescan(): void {
    this.#intake.look('incoming');
    this.#look('deferred');
  }

  flushAll(): void {
    this.#scheduler.reviveAll();
    this.#flush.all();
  }

  flushOne(queueId: string): void {
    this.#scheduler.reviveAll();
    this.#flush.one(queueId);
  }

  flushSite(domain: string): void {
    this.#scheduler.reviveAll();
    this.#flush.site(domain);
  }

  #look(kind: 'incoming' | 'deferred'): void {
    this.#intake.look(kind);
    this.#wake();
  }

  /** Takes messages in soon; many calls are one. */
  #wake(): void {
    if (this.#isEnding || this.#pumping) return;
    this.#pumping = this.#pump();
  }

  /** Takes messages in while there are any, and room. */
  async #pump(): Promise<void> {
    const { log, clock, store } = this.#parts;
    const goesOn = (): boolean => this.#intake.hasMore && this.#room > 0 && !this.#isEnding;
    try {
      // Announcements of this event turn are taken together.
      await nextTurn();
      while (goesOn()) {
        const claims = await this.#intake.next(clock.now(), Math.min(claimBatch, this.#room));
        await Promise.all(claims.map((claim) => this.#activate(claim)));
        this.#startDeliveries();
        await nextTurn();
      }
      this.#setTimer(store.nextDue(clock.now()) ?? Infinity);
    } catch (error) {
      log.warning(`the queue cannot be read: ${(error as Error).message}`);
      this.#setTimer(clock.now() + soonest);
    }
    this.#pumping = undefined;
  }

  get #room(): number {
    return this.#parts.settings.qmgr_message_active_limit - this.#active;
  }

  /** Looks through the queue at `due` at the latest, and once in a queue_run_delay whatever we were told. */
  #setTimer(due: number): void {
    if (this.#isEnding) return;
    const { settings, clock } = this.#parts;
    const now = clock.now();
    if (this.#nextRun <= now) this.#nextRun = now + settings.queue_run_delay * 1000;
    const at = Math.min(Math.max(due, now + soonest), this.#nextRun);
    if (at >= this.#nextLook && this.#nextLook > now) return;
    this.#timer?.cancel();
    this.#nextLook = at;
    this.#timer = clock.after(at - now, () => this.#timeIsUp(), false);
  }

  #timeIsUp(): void {
    this.#nextLook = Infinity;
    if (this.#nextRun <= this.#parts.clock.now()) this.#intake.look('incoming');
    this.#look('deferred');
  }

  async #activate(claim: Claim): Promise<void> {
    const { clock, log } = this.#parts;
    const { envelope, size, recipientCount } = claim.message;
    log.info(
      `${claim.queueId}: from=<${logAddress(log, envelope.sender)}>, size=${size}, nrcpt=${recipientCount} (queue active)`,
    );
    this.#active += 1;
    const message = new ActiveMessage(claim, clock.now(), this.#flush.isWanted(claim));
    if (message.isProbe && recipientCount !== 1) await this.#manyProbed(message);
    else await this.#nextPortion(message);
  }

  /** An alias of several addresses counts as deliverable, whatever they are. */
  async #manyProbed(message: ActiveMessage): Promise<void> {
    for (const recipient of this.#parts.store.recipients(message.queueId, 0, 1)) {
      const what = {
        action: 'sent',
        dsn: '2.0.0',
        text: 'aliased to multiple recipients',
      } as const;
      this.#outcome(message, { ...recipient, address: recipient.original }, what);
    }
    message.pending += 1;
    await this.#released(message);
  }

  /** Puts the next recipients of a message to work; when there are none left, the message is done for this time. */
  async #nextPortion(message: ActiveMessage): Promise<void> {
    const { store, settings, rewrite, probeRewrite = rewrite } = this.#parts;
    try {
      const portion = store.recipients(message.queueId, message.nextIndex, this.#portionSize);
      message.nextIndex += portion.length;
      message.loaded = portion.length;
      this.#loaded += portion.length;
      const pending = portion.filter(({ status }) => status === 'pending');
      const { forceExpire } = message.claim.message;
      const isKnown = (recipient: StoredRecipient): boolean =>
        recipient.status === 'owed' || (forceExpire && triedBefore(recipient));
      const { destinations, unroutable } = forceExpire
        ? expired(pending)
        : await groupRecipients(
            pending,
            message.claim.message.envelope,
            settings,
            message.isProbe ? probeRewrite : rewrite,
          );
      message.results.push(...portion.filter(isKnown).flatMap(earlierResult));
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

  /** qmgr_message_recipient_limit bounds what lies in memory, but each message gets some of its recipients tried. */
  get #portionSize(): number {
    const { qmgr_message_recipient_limit, qmgr_message_recipient_minimum } = this.#parts.settings;
    const left = qmgr_message_recipient_limit - this.#loaded;
    return Math.max(1, qmgr_message_recipient_minimum, Math.min(recipientPortion, left));
  }

  #schedule(message: ActiveMessage, destination: Destination): void {
    const { clock } = this.#parts;
    const entry = {
      job: { message, destination },
      transport: destination.transport,
      queue: destination.queue,
    };
    if (this.#deferTransports.has(destination.transport) && !message.isWanted) {
      this.#deferAll(entry, { dsn: '4.3.2', text: 'deferred transport' });
      return;
    }
    if (this.#isEnding) {
      void this.#giveBack(entry, true);
      return;
    }
    const dead = this.#scheduler.add(entry, clock.now());
    if (dead) this.#deferAll(entry, dead);
    else message.pending += 1;
  }

  #startDeliveries(): void {
    if (this.#isEnding) return;
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
    const { agentFor, log } = this.#parts;
    const { message, destination } = entry.job;
    const agent = agentFor(destination.transport);
    if (!agent) {
      log.warning(
        `connect to transport private/${destination.transport}: No such file or directory`,
      );
      this.#transportFailed(entry, { dsn: '4.3.0', text: 'mail transport unavailable' });
      return;
    }
    let report: DeliveryReport;
    try {
      const request = this.#request(entry);
      report = await (message.isProbe
        ? (agent.probe?.(request) ?? this.#deliverable(request))
        : agent.deliver(request));
    } catch (error) {
      log.warning(
        `transport ${destination.transport} failure: ${message.queueId}: ${(error as Error).stack ?? String(error)}`,
      );
      this.#transportFailed(entry, { dsn: '4.3.0', text: 'unknown mail transport error' });
      return;
    }
    this.#delivered(entry, report);
  }

  /** Of an agent that has no probes. */
  #deliverable({ recipients, transport }: DeliveryRequest): DeliveryReport {
    const delivery: Delivery = {
      action: 'sent',
      dsn: '2.0.0',
      text: `delivers by ${transport}`,
      relay: 'none',
      time: this.#parts.clock.now(),
    };
    return { results: new Map(recipients.map(({ index }) => [index, delivery])) };
  }

  /** Nothing goes by this transport for transport_retry_time; what waits for it is deferred. */
  #transportFailed(entry: Entry<Job>, why: Dead): void {
    const { settings, clock } = this.#parts;
    const now = clock.now();
    const until = now + settings.transport_retry_time * 1000;
    const given = this.#scheduler.transportDead(entry.transport, why, until);
    this.#scheduler.finished(entry, now);
    for (const other of [entry, ...given]) {
      this.#deferAll(other, why);
      this.#ended(other.job.message);
    }
    this.#startDeliveries();
  }

  #request(entry: Entry<Job>): DeliveryRequest {
    const { store, clock, settings } = this.#parts;
    const { message, destination } = entry.job;
    const { envelope, size, state } = message.claim.message;
    const inline = store.inlineContent(message.queueId);
    return {
      queueId: message.queueId,
      transport: destination.transport,
      nexthop: destination.nexthop,
      envelope: senderFor(envelope, destination.recipients),
      recipients: destination.recipients,
      times: { arrival: envelope.arrival, active: message.since, agent: clock.now() },
      size,
      content: () => store.content(message.queueId),
      ...(inline === undefined ? {} : { inline }),
      moreWaiting: this.#scheduler.hasMore(entry),
      softBounce: settings.soft_bounce,
      ...(message.isProbe ? { probe: true } : {}),
      mayBeDelivered: envelope.arrival < this.#began || state === 'deferred',
      signal: this.#stopping.signal,
    };
  }

  #delivered(entry: Entry<Job>, report: DeliveryReport): void {
    const { settings, clock } = this.#parts;
    const { message, destination } = entry.job;
    for (const recipient of destination.recipients) {
      const delivery = report.results.get(recipient.index) ?? this.#unknownOutcome();
      message.results.push({ recipient, delivery: this.#final(delivery) });
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
      this.#ended(other.job.message);
    }
    this.#startDeliveries();
    this.#ended(message);
  }

  #final(delivery: Delivery): Delivery {
    if (!this.#parts.settings.soft_bounce) return delivery;
    const { parts } = delivery;
    return {
      ...softened(delivery),
      ...(parts ? { parts: parts.map((part) => softened(part)) } : {}),
    };
  }

  /** A part of the message is through: what is known is stored, at once or with the end of the portion. */
  #ended(message: ActiveMessage): void {
    if (message.pending > 1 && !message.isProbe) checkpoint(this.#parts.store, message);
    void this.#released(message);
  }

  #unknownOutcome(): Delivery {
    return {
      action: 'deferred',
      dsn: '4.3.0',
      text: 'unknown mail transport error',
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
    const { log, retryLog = log, clock, settings } = this.#parts;
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
    if (!recipient.expanded) {
      const { queueId, isProbe } = message;
      const request = { queueId, times, softBounce: settings.soft_bounce, probe: isProbe };
      logDelivery(what.action === 'sent' ? log : retryLog, request, recipient, delivery);
    }
    message.results.push({ recipient, delivery: this.#final(delivery) });
  }

  /** At a stop: the recipients stay pending. `unscheduled`: it was not counted yet. */
  async #giveBack(entry: Entry<Job>, unscheduled = false): Promise<void> {
    if (!unscheduled) await this.#released(entry.job.message);
  }

  /** One part of the message is through; after the last the portion is stored, then the next begins. */
  async #released(message: ActiveMessage): Promise<void> {
    message.pending -= 1;
    if (message.pending > 0) return;
    this.#loaded -= message.loaded;
    message.loaded = 0;
    try {
      if (message.isProbe) {
        this.#done(message, await this.#endProbe(message));
        return;
      }
      const { recipientCount } = message.claim.message;
      const more = message.nextIndex < recipientCount && !this.#isEnding;
      const due = await settleMessage(this.#parts, message, {
        more,
        stopping: this.#isEnding,
        signal: this.#stopping.signal,
        isExpired: (now) => this.#isExpired(message, now),
        nextAttempt: (now) =>
          nextAttempt(message.claim.message.envelope.arrival, now, this.#parts.settings),
      });
      if (more) {
        await this.#nextPortion(message);
        return;
      }
      this.#done(message, due);
    } catch (error) {
      await this.#giveUp(message, error);
    }
  }

  /** It goes, whatever it came to; one that was not tried stays for the next queue manager. @returns when it is due */
  async #endProbe(message: ActiveMessage): Promise<number | undefined> {
    const { store, probed, log, clock } = this.#parts;
    const [result] = message.results;
    if (!result && this.#isEnding) {
      await store.release(message.claim, clock.now());
      return clock.now();
    }
    if (result) probed?.(message.queueId, result.delivery);
    await store.settle(message.claim, { recipients: new Map(), then: { is: 'remove' } });
    log.info(`${message.queueId}: removed`);
    return undefined;
  }

  #isExpired(message: ActiveMessage, now: number): boolean {
    const { envelope, forceExpire } = message.claim.message;
    return forceExpire || isExpired(envelope.arrival, now, envelope.sender, this.#parts.settings);
  }

  /** Something of ours failed: the message stays in the queue and is tried again later. */
  async #giveUp(message: ActiveMessage, error: unknown): Promise<void> {
    const { log, store, clock, settings } = this.#parts;
    let due: number | undefined;
    const isGone =
      error instanceof QueueError && (error.reason === 'gone' || error.reason === 'stale');
    if (isGone) {
      log.info(`${message.queueId}: ${error.message}`);
    } else {
      log.warning(`${message.queueId}: ${(error as Error).message}`);
      due = clock.now() + settings.minimal_backoff_time * 1000;
      try {
        await store.release(message.claim, due);
      } catch (again) {
        log.warning(`${message.queueId}: ${(again as Error).message}; left until the next start`);
      }
    }
    this.#done(message, due);
  }

  /** @param due when it is tried again, if it is */
  #done(message: ActiveMessage, due = Infinity): void {
    this.#active -= 1;
    this.#setTimer(due);
    this.#handedBack?.(message.queueId);
    if (this.#active === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
    if (this.#intake.hasMore) this.#wake();
  }
}

/** VERP: as the recipient of this delivery is to see it. */
function senderFor(envelope: Envelope, recipients: readonly StoredRecipient[]): Envelope {
  const [recipient] = recipients;
  return recipient ? verpEnvelope(envelope, recipient) : envelope;
}

/** Lets what has come in meanwhile run first. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
