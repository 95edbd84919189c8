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
  const agent: DeliveryAgent = {
    async deliver(request) {
      const { dsn, text } = splitReason(request.nexthop, action, log);
      const results = new Map<number, Delivery>();
      for (const recipient of request.recipients) {
        const delivery: Delivery = { action, dsn, text, relay: 'none', time: clock.now() };
        logDelivery(log, request, recipient, delivery);
        results.set(recipient.index, delivery);
      }
      return { results };
    },
    probe: (request) => agent.deliver(request),
    close: () => Promise.resolve(),
  };
  return agent;
}

/** A code that contradicts the outcome is dropped, with a warning, as Postfix does. */
function splitReason(
  nexthop: string,
  action: ErrorParts['action'],
  log: Log,
): { dsn: string; text: string } {
  const wanted = action === 'bounced' ? '5' : '4';
  const match = /^([245]\.\d{1,3}\.\d{1,3})\s+(.*)$/s.exec(nexthop);
  if (!match) return { dsn: `${wanted}.0.0`, text: nexthop };
  const [, dsn = '', text = ''] = match;
  if (dsn.startsWith(wanted)) return { dsn, text };
  const program = action === 'bounced' ? 'bounce_append' : 'defer_append';
  log.warning(`${program}: ignoring dsn code "${dsn}"`);
  return { dsn: `${wanted}.0.0`, text };
}
