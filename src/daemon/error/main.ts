/**
 * NAME
 *   error, retry - the agents that deliver nothing
 *
 * DESCRIPTION
 *   The next hop is the reason, with or without an enhanced status code: `5.1.2 no such place`. error returns the mail
 *   to its sender, retry leaves it for later.
 */
import { logDelivery } from '../../lib/agent/outcome.js';
import type { Delivery, DeliveryAgent } from '../../lib/ipc/delivery.js';
import type { Log } from '../../lib/log/log.js';
import type { Clock } from '../../lib/sys/clock.js';

export interface ErrorParts {
  readonly log: Log;
  readonly clock: Clock;
  readonly action: 'bounced' | 'deferred';
}

export function createError({ log, clock, action }: ErrorParts): DeliveryAgent {
  return {
    async deliver(request) {
      const { dsn, text } = splitReason(request.nexthop, action);
      const results = new Map<number, Delivery>();
      for (const recipient of request.recipients) {
        const delivery: Delivery = { action, dsn, text, relay: 'none', time: clock.now() };
        logDelivery(log, request, recipient, delivery);
        results.set(recipient.index, delivery);
      }
      return { results };
    },
    close: () => Promise.resolve(),
  };
}

/** A code of the other class than the action's is put right: error never says 4, retry never 5. */
function splitReason(nexthop: string, action: ErrorParts['action']): { dsn: string; text: string } {
  const match = /^([245]\.\d{1,3}\.\d{1,3})\s+(.*)$/s.exec(nexthop);
  const wanted = action === 'bounced' ? '5' : '4';
  if (!match) return { dsn: `${wanted}.0.0`, text: nexthop };
  return { dsn: wanted + (match[1] ?? '').slice(1), text: match[2] ?? '' };
}
