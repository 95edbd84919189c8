/**
 * NAME
 *   verify - finds out whether mail to an address could be delivered
 *
 * DESCRIPTION
 *   For reject_unverified_sender and reject_unverified_recipient of smtpd(8). An address that is not known is probed: a
 *   message of no content is routed to it like any other, and the delivery agent stops before anything is delivered.
 *   Results are kept for the address_verify_*_expire_time, and found out again in the background after the
 *   address_verify_*_refresh_time. They outlive a restart in the file of address_verify_map, with `.jsonl` at its end.
 *
 * SEE ALSO
 *   smtpd(8), qmgr(8), ADDRESS_VERIFICATION_README of Postfix
 */
import type { Settings } from '../../lib/config/settings.js';
import { type Cleanup, noOverrides } from '../../lib/ipc/conversation/cleanup.js';
import type { Rewrite } from '../../lib/ipc/conversation/rewrite.js';
import { inProgress, type Verify } from '../../lib/ipc/conversation/verify.js';
import type { Delivery } from '../../lib/ipc/delivery.js';
import { localClient } from '../../lib/ipc/envelope.js';
import type { Log } from '../../lib/log/log.js';
import { quoteAddress } from '../../lib/protocol/address/quote.js';
import type { Clock, Timer } from '../../lib/sys/clock.js';
import { verifySender } from '../../lib/util/verify-sender.js';
import { Cache, type Known } from './cache.js';

export interface VerifyParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Clock;
  readonly cleanup: Cleanup;
  readonly rewrite: Rewrite;
}

export interface VerifyService extends Verify {
  start(): void;
  /** A probe has come back. */
  result(queueId: string, delivery: Delivery): void;
  stop(): void;
}

const probeMs = 1_000_000; // as long as an address is not probed again while a probe is out

const statusOf: Record<Delivery['action'], Known> = {
  sent: 'deliverable',
  deferred: 'deferred',
  bounced: 'undeliverable',
};

export function createVerify(parts: VerifyParts): VerifyService {
  return new VerifyDaemon(parts);
}

class VerifyDaemon implements VerifyService {
  readonly #parts: VerifyParts;
  readonly #cache: Cache;
  /** Addresses with a probe under way, and since when. */
  readonly #probed = new Map<string, number>();
  /** Queue id of a probe -> its address. */
  readonly #probes = new Map<string, string>();
  #sweep: Timer | undefined;

  constructor(parts: VerifyParts) {
    const { settings, log } = parts;
    this.#parts = parts;
    this.#cache = new Cache(settings, cacheFile(settings.address_verify_map), (text) =>
      log.warning(`address_verify_map: ${text}`),
    );
  }

  start(): void {
    const { clock, log, settings } = this.#parts;
    const { retained, dropped } = this.#cache.load(clock.now());
    if (retained + dropped > 0)
      log.info(
        `cache ${settings.address_verify_map} full cleanup: retained=${retained} dropped=${dropped} entries`,
      );
    this.#sweepLater();
  }

  stop(): void {
    this.#sweep?.cancel();
  }

  async query(address: string): Promise<Awaited<ReturnType<Verify['query']>>> {
    const now = this.#parts.clock.now();
    const known = this.#cache.get(address, now);
    if (!known || this.#cache.isStale(known, now)) this.#probe(address, now);
    return known ?? inProgress;
  }

  result(queueId: string, delivery: Delivery): void {
    const address = this.#probes.get(queueId);
    if (address === undefined) return; // of a process before us
    this.#probes.delete(queueId);
    this.#probed.delete(address.toLowerCase());
    const { settings, clock } = this.#parts;
    const status = statusOf[delivery.action];
    if (status !== 'deliverable' && !settings.address_verify_negative_cache) return;
    const now = clock.now();
    this.#cache.put(address, { status, updated: now, text: delivery.text }, now);
  }

  #probe(address: string, now: number): void {
    const { settings, log } = this.#parts;
    const name = address.toLowerCase();
    const since = this.#probed.get(name);
    if (since !== undefined && now - since < probeMs) return;
    if (this.#probed.size >= settings.address_verify_pending_request_limit) return;
    this.#probed.set(name, now);
    this.#send(address).catch((error: unknown) => {
      this.#probed.delete(name);
      log.warning(`probe of <${quoteAddress(address)}>: ${(error as Error).message}`);
    });
  }

  async #send(address: string): Promise<void> {
    const { settings, clock, cleanup, rewrite } = this.#parts;
    const { address_verify_sender, address_verify_sender_ttl } = settings;
    const given = verifySender(address_verify_sender, address_verify_sender_ttl, clock.now());
    const sender = given === '' ? '' : rewrite.rewrite(given, 'local');
    const session = cleanup.open(
      {
        sender,
        arrival: clock.now(),
        client: localClient,
        bodyType: '',
        smtputf8: false,
        dsnRet: '',
        dsnEnvid: '',
        contentFilter: '',
        redirectTo: '',
        kind: 'probe',
      },
      {
        overrides: { ...noOverrides, noHeaderBodyChecks: true, noMilters: true },
        localRewrite: true,
        extractRecipients: false,
        received: (queueId) => `by ${settings.myhostname} (${settings.mail_name})\n\tid ${queueId}`,
        prepend: [],
      },
    );
    this.#probes.set(session.queueId, address);
    try {
      session.recipient({ address, original: address, dsnNotify: 0 });
      await session.content(
        Buffer.from(`From: ${sender}\nTo: ${quoteAddress(address)}\nSubject: probe\n\n`),
      );
      const result = await session.finish();
      if (result.is === 'refused') throw new Error(result.text);
    } catch (error) {
      this.#probes.delete(session.queueId);
      await session.abort();
      throw error;
    }
  }

  #sweepLater(): void {
    const { settings, clock, log } = this.#parts;
    const interval = settings.address_verify_cache_cleanup_interval;
    if (interval <= 0) return;
    this.#sweep = clock.after(
      interval * 1000,
      () => {
        const { retained, dropped } = this.#cache.sweep(clock.now());
        log.info(
          `cache ${settings.address_verify_map} full cleanup: retained=${retained} dropped=${dropped} entries`,
        );
        this.#sweepLater();
      },
      false,
    );
  }
}

/** `btree:/var/lib/postfix/verify_cache` -> a file beside it; '' keeps results in memory only. */
function cacheFile(map: string): string | undefined {
  const path = map.replace(/^(?:proxy:)?[a-z]+:/, '');
  return path === '' ? undefined : `${path}.jsonl`;
}
