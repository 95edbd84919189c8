/**
 * qmgr/flush - requests to try deferred mail now: all of it, one message, or what waits for one site.
 *
 * Mail that is so tried also goes to the transports of defer_transports. Anyone on the machine may ask, so requests
 * that come while one is carried out are few and wait. Postfix: flush(8), postconf(5) defer_transports.
 */
import type { Log } from '../../lib/log/log.js';
import { splitAddress } from '../../lib/protocol/address/quote.js';
import type { Claim, MessageInfo, QueueStore } from '../../lib/queue/store.js';
import type { Clock } from '../../lib/sys/clock.js';

const maxIds = 10_000;
const maxSites = 100;
const recipientPortion = 1000;
const messagesATurn = 200; // then others get their turn

interface FlushParts {
  readonly store: QueueStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Something may be due now. */
  readonly due: () => void;
}

export class Flush {
  readonly #parts: FlushParts;
  #allUntil = -1;
  readonly #ids = new Set<string>();
  readonly #sites = new Set<string>();
  #last: Promise<void> = Promise.resolve();

  constructor(parts: FlushParts) {
    this.#parts = parts;
  }

  all(): void {
    this.#run(() => {
      this.#allUntil = this.#parts.clock.now();
      return this.#parts.store.makeDue(this.#allUntil);
    });
  }

  one(queueId: string): void {
    this.#run(() => this.#makeOneDue(queueId));
  }

  /** @param site a domain, or an address in brackets */
  site(site: string): void {
    if (this.#sites.size >= maxSites) return;
    this.#sites.add(site.toLowerCase());
    this.#run(() => this.#makeSitesDue());
  }

  /** Whether this message is tried because someone asked for it. Asked once. */
  isWanted({ queueId, message }: Claim): boolean {
    if (this.#ids.delete(queueId)) return true;
    return message.state === 'deferred' && message.due <= this.#allUntil;
  }

  /** Resolves when all that was asked for is done. */
  end(): Promise<void> {
    return this.#last;
  }

  /** One after the other. */
  #run(work: () => Promise<unknown>): void {
    const { log, due } = this.#parts;
    this.#last = this.#last.then(work).then(due, (error: unknown) => {
      log.warning(`flush: ${(error as Error).message}`);
    });
  }

  async #makeOneDue(queueId: string): Promise<void> {
    if (this.#ids.size >= maxIds) this.#ids.clear();
    this.#ids.add(queueId);
    const { store, clock } = this.#parts;
    await store.makeDue(clock.now(), queueId);
    if (store.info(queueId)?.state !== 'deferred') this.#ids.delete(queueId);
  }

  async #makeSitesDue(): Promise<void> {
    const sites = new Set(this.#sites);
    this.#sites.clear();
    if (sites.size === 0) return; // an earlier request took them along
    let count = 0;
    for (const message of this.#parts.store.list()) {
      count += 1;
      if (count % messagesATurn === 0) await new Promise((resolve) => setImmediate(resolve));
      if (message.state === 'deferred' && this.#waitsFor(message, sites))
        await this.#makeOneDue(message.queueId);
    }
  }

  #waitsFor({ queueId, recipientCount }: MessageInfo, sites: ReadonlySet<string>): boolean {
    for (let from = 0; from < recipientCount; from += recipientPortion) {
      for (const { status, address } of this.#parts.store.recipients(
        queueId,
        from,
        recipientPortion,
      )) {
        const domain = splitAddress(address).domain?.toLowerCase();
        if (status === 'pending' && domain !== undefined && sites.has(domain)) return true;
      }
    }
    return false;
  }
}
