/**
 * NAME
 *   discard - the agent that throws mail away and says that it was delivered
 *
 * DESCRIPTION
 *   The next hop is the reason for the log.
 */
import { logDelivery } from '../../lib/agent/outcome.js';
import type { Delivery, DeliveryAgent } from '../../lib/ipc/delivery.js';
import type { Log } from '../../lib/log/log.js';
import type { Clock } from '../../lib/sys/clock.js';

export function createDiscard({
  log,
  clock,
}: {
  readonly log: Log;
  readonly clock: Clock;
}): DeliveryAgent {
  const agent: DeliveryAgent = {
    async deliver(request) {
      const results = new Map<number, Delivery>();
      for (const recipient of request.recipients) {
        const delivery: Delivery = {
          action: 'sent',
          dsn: '2.0.0',
          text: request.nexthop,
          relay: 'none',
          time: clock.now(),
        };
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
