/**
 * NAME
 *   virtual - delivery into mailboxes that are no accounts of the system
 *
 * DESCRIPTION
 *   virtual_mailbox_maps gives a path below virtual_mailbox_base (a final `/` means Maildir), virtual_uid_maps and
 *   virtual_gid_maps whose it is. No aliases, no commands, no .forward.
 *
 * SEE ALSO
 *   local(8), VIRTUAL_README of Postfix
 */
import { logDelivery } from '../../lib/agent/outcome.js';
import type {
  Delivery,
  DeliveryAgent,
  DeliveryRecipient,
  DeliveryRequest,
} from '../../lib/ipc/delivery.js';
import { type Outcome, VirtualMailboxes, type VirtualParts } from './mailboxes.js';

export type { VirtualParts } from './mailboxes.js';

export function createVirtual(parts: VirtualParts): DeliveryAgent {
  const { log, clock } = parts;
  const mailboxes = new VirtualMailboxes(parts);

  async function deliverOne(
    request: DeliveryRequest,
    recipient: DeliveryRecipient,
  ): Promise<Delivery> {
    let outcome: Outcome;
    try {
      outcome = await mailboxes.deliver(request, recipient);
    } catch (error) {
      log.warning(`${request.queueId}: ${recipient.address}: ${(error as Error).message}`);
      outcome = { action: 'deferred', dsn: '4.3.0', text: 'mailbox helper unavailable' };
    }
    const delivery: Delivery = { ...outcome, relay: 'virtual', time: clock.now() };
    logDelivery(log, request, recipient, delivery);
    return delivery;
  }

  const agent: DeliveryAgent = {
    async deliver(request) {
      const results = new Map<number, Delivery>();
      for (const recipient of request.recipients)
        results.set(recipient.index, await deliverOne(request, recipient));
      return { results };
    },
    probe: (request) => agent.deliver(request),
    close: () => Promise.resolve(),
  };
  return agent;
}
