/**
 * dns/client - the resolver: servers in turn, answers kept for their time to live, one question under way a name.
 *
 * Bounded: cache entries, time kept, rounds. Contract: dns/resolver.
 */
import type { Clock } from '../sys/clock.js';
import { readResolvConf, type ResolverConfig } from './config.js';
import type { DnsAnswer, Resolver } from './resolver.js';
import { exchange } from './transport.js';

export interface ResolverOptions {
  readonly clock: Clock;
  readonly config?: ResolverConfig;
}

const maxEntries = 20_000;
const maxTtl = 3600;
const validName = /^(?!.{255})([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?$/;

export function createResolver({ clock, config = readResolvConf() }: ResolverOptions): Resolver {
  const cache = new Map<string, { readonly answer: DnsAnswer; readonly until: number }>();
  const underWay = new Map<string, Promise<DnsAnswer>>();

  const ask = async (
    name: string,
    type: Parameters<Resolver['query']>[1],
    key: string,
  ): Promise<DnsAnswer> => {
    let reason = 'no name server answered';
    for (let round = 0; round < config.attempts; round += 1) {
      for (const server of config.servers) {
        const result = await exchange(server, name, type, config.timeoutMs);
        if (result.is === 'no-answer') {
          reason = result.reason;
          continue;
        }
        const { answer, ttl } = result;
        if (answer.is === 'try-again') {
          reason = answer.reason;
          continue;
        }
        if (cache.size >= maxEntries) cache.clear();
        if (ttl > 0)
          cache.set(key, { answer, until: clock.monotonic() + Math.min(ttl, maxTtl) * 1000 });
        return answer;
      }
    }
    return { is: 'try-again', reason };
  };

  return {
    query(name, type) {
      if (!validName.test(name))
        return Promise.resolve({ is: 'failed', reason: 'malformed domain name' });
      const key = `${type} ${name.toLowerCase()}`;
      const kept = cache.get(key);
      if (kept && kept.until > clock.monotonic()) return Promise.resolve(kept.answer);
      const known = underWay.get(key);
      if (known) return known;
      const asking = ask(name, type, key).finally(() => underWay.delete(key));
      underWay.set(key, asking);
      return asking;
    },
    close: () => cache.clear(),
  };
}
