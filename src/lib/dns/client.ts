/**
 * dns/client - the resolver: servers in turn, answers kept for their time to live, one question under way a name.
 *
 * Bounded: names, cache entries, time kept, rounds. The server that answered last is asked first, so that a dead one
 * costs its time-out once. Contract: dns/resolver.
 */
import type { Clock } from '../sys/clock.js';
import { asciiDomain } from '../util/idna.js';
import { readResolvConf, type ResolverConfig } from './config.js';
import type { DnsAnswer, RecordType, Resolver } from './resolver.js';
import { exchange } from './transport.js';

export interface ResolverOptions {
  readonly clock: Clock;
  /** Default: /etc/resolv.conf, read again when it changes. */
  readonly config?: ResolverConfig;
  /** enable_idna2003_compatibility */
  readonly is2003?: boolean;
}

const maxEntries = 20_000;
const maxTtl = 3600;
const configLookMs = 5000;
// RFC 1035 section 2.3.4; underscores are in use (_dmarc, _25._tcp).
const validName = /^(?!.{255})(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?$/;

interface Kept {
  readonly answer: DnsAnswer;
  /** Of the monotonic clock, ms. */
  readonly until: number;
}

export function createResolver({ clock, config, is2003 = false }: ResolverOptions): Resolver {
  return new CachingResolver(clock, config, is2003);
}

class CachingResolver implements Resolver {
  readonly #clock: Clock;
  readonly #fixed: boolean;
  readonly #is2003: boolean;
  #config: ResolverConfig;
  #lookedAt: number;
  #preferred = 0;
  readonly #cache = new Map<string, Kept>();
  readonly #underWay = new Map<string, Promise<DnsAnswer>>();

  constructor(clock: Clock, config: ResolverConfig | undefined, is2003: boolean) {
    this.#is2003 = is2003;
    this.#clock = clock;
    this.#fixed = config !== undefined;
    this.#config = config ?? readResolvConf();
    this.#lookedAt = clock.monotonic();
  }

  query(given: string, type: RecordType): Promise<DnsAnswer> {
    const name = asciiDomain(given, this.#is2003);
    if (!validName.test(name))
      return Promise.resolve({ is: 'failed', reason: 'malformed domain name' });
    const key = `${type} ${name.toLowerCase()}`;
    const kept = this.#cache.get(key);
    if (kept && kept.until > this.#clock.monotonic()) return Promise.resolve(kept.answer);
    const known = this.#underWay.get(key);
    if (known) return known;
    const asking = this.#ask(name, type, key).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asking);
    return asking;
  }

  close(): void {
    this.#cache.clear();
  }

  async #ask(name: string, type: RecordType, key: string): Promise<DnsAnswer> {
    const { servers, attempts, timeoutMs } = this.#currentConfig();
    let trouble: DnsAnswer = { is: 'try-again', reason: 'no name server answered' };
    for (let turn = 0; turn < attempts * servers.length; turn += 1) {
      const index = (this.#preferred + turn) % servers.length;
      const server = servers[index];
      if (!server) continue;
      const result = await exchange(server, name, type, timeoutMs);
      if (result.is === 'no-answer') {
        trouble = { is: 'try-again', reason: result.reason };
        continue;
      }
      const { answer, ttl } = result;
      // Another server may do better than one that refuses or fails.
      if (answer.is === 'try-again' || answer.is === 'failed') {
        trouble = answer;
        continue;
      }
      this.#preferred = index;
      this.#keep(key, answer, ttl);
      return answer;
    }
    return trouble;
  }

  #keep(key: string, answer: DnsAnswer, ttl: number): void {
    if (ttl <= 0) return;
    const [oldest] = this.#cache.keys();
    if (this.#cache.size >= maxEntries && oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.delete(key); // goes to the end
    const until = this.#clock.monotonic() + Math.min(ttl, maxTtl) * 1000;
    this.#cache.set(key, { answer, until });
  }

  #currentConfig(): ResolverConfig {
    const now = this.#clock.monotonic();
    if (!this.#fixed && now - this.#lookedAt >= configLookMs) {
      this.#lookedAt = now;
      this.#config = readResolvConf();
    }
    return this.#config;
  }
}
