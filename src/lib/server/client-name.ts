/**
 * server/client-name - the host name of a client, verified: the name of its address must have that address.
 *
 * Bounded cache, bounded wait. Postfix: smtpd_peer.c. The system's resolver is asked, so that /etc/hosts counts.
 */
import { lookup, lookupService } from 'node:dns/promises';
import type { Settings } from '../config/settings.js';
import type { Log } from '../log/log.js';
import type { Clock } from '../sys/clock.js';

export interface ClientNaming {
  /** Verified name, or `unknown`. */
  readonly name: string;
  readonly reverseName: string;
  /** 2: name found and verified; 4: trouble that may pass; 5: none, or not verified. */
  readonly nameStatus: 2 | 4 | 5;
  readonly reverseStatus: 2 | 4 | 5;
}

type Names = ClientNaming;

const unknown: Names = { name: 'unknown', reverseName: 'unknown', nameStatus: 5, reverseStatus: 5 };
const keepMs = 60_000;
const maxKept = 10_000;
const validName =
  /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/;

export class ClientNames {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #enabled: boolean;
  readonly #kept = new Map<string, { readonly names: Promise<Names>; readonly until: number }>();

  constructor(settings: Pick<Settings, 'smtpd_peername_lookup'>, log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
    this.#enabled = settings.smtpd_peername_lookup;
  }

  of(address: string): Promise<Names> {
    if (!this.#enabled) return Promise.resolve(unknown);
    const now = this.#clock.monotonic();
    const known = this.#kept.get(address);
    if (known && known.until > now) return known.names;
    if (this.#kept.size >= maxKept) this.#kept.clear();
    const names = this.#find(address);
    this.#kept.set(address, { names, until: now + keepMs });
    return names;
  }

  async #find(address: string): Promise<Names> {
    let reverse: string;
    try {
      reverse = (await lookupService(address, 25)).hostname;
    } catch (error) {
      const status = isTemporary(error) ? 4 : 5;
      return { ...unknown, nameStatus: status, reverseStatus: status };
    }
    // lookupService gives the address itself when there is no name.
    if (reverse === address || !validName.test(reverse)) return unknown;
    const named = { ...unknown, reverseName: reverse, reverseStatus: 2 as const };
    try {
      const found = await lookup(reverse, { all: true });
      if (found.some((entry) => entry.address === address))
        return { ...named, name: reverse, nameStatus: 2 };
      this.#log.warning(`hostname ${reverse} does not resolve to address ${address}`);
      return named;
    } catch (error) {
      this.#log.warning(
        `hostname ${reverse} does not resolve to address ${address}: ${(error as NodeJS.ErrnoException).code ?? ''}`,
      );
      return { ...named, nameStatus: isTemporary(error) ? 4 : 5 };
    }
  }
}

function isTemporary(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EAI_AGAIN' || code === 'ETIMEOUT' || code === 'ESERVFAIL';
}
