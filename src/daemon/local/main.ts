/**
 * NAME
 *   local - delivery to the users of this machine
 *
 * DESCRIPTION
 *   Aliases (alias_maps) with addresses, |commands, /files and :include: lists; .forward files; mailboxes as Maildir
 *   or mbox in the home directory or the mail spool; mailbox_command; luser_relay for users that are not there.
 *   All of it with the rights of the user that it concerns.
 *
 * SEE ALSO
 *   aliases(5), newaliases(1), virtual(8)
 */
import { logDelivery } from '../../lib/agent/outcome.js';
import type {
  Delivery,
  DeliveryAgent,
  DeliveryRecipient,
  DeliveryRequest,
} from '../../lib/ipc/delivery.js';
import { LookupError } from '../../lib/map/match-list.js';
import { Gate } from '../../lib/util/gate.js';
import { type Leaf, leaf, type LocalParts, type Tree } from './core.js';
import { deliveredTo } from './loop.js';
import { TreeWalker } from './tree.js';

export function createLocal(parts: LocalParts): DeliveryAgent {
  const { log, clock } = parts;
  const gate = new Gate(parts.settings.local_destination_concurrency_limit);
  const walker = new TreeWalker({ ...parts, gate });

  async function leavesOf(
    request: DeliveryRequest,
    recipient: DeliveryRecipient,
  ): Promise<Tree['leaves']> {
    const own = (outcome: Leaf): Tree['leaves'][number] => ({
      ...outcome,
      address: recipient.address,
    });
    const tree: Tree = {
      request,
      recipient,
      delivered: recipient.address,
      seen: new Set(),
      forward: new Map(),
      path: new Set(),
      leaves: [],
    };
    try {
      if ((await deliveredTo(request)).has(recipient.address.toLowerCase())) {
        return [own(leaf('bounced', '5.4.6', `mail forwarding loop for ${recipient.address}`))];
      }
      await walker.deliver(tree);
      return tree.leaves.length > 0 ? tree.leaves : [own(leaf('sent', '2.0.0', 'discarded'))];
    } catch (error) {
      const text =
        error instanceof LookupError ? 'alias database unavailable' : (error as Error).message;
      log.warning(`${request.queueId}: ${recipient.address}: ${(error as Error).message}`);
      return [...tree.leaves, own(leaf('deferred', '4.3.0', text))];
    }
  }

  return {
    async deliver(request) {
      const results = new Map<number, Delivery>();
      for (const recipient of request.recipients) {
        const leaves = await leavesOf(request, recipient);
        for (const each of leaves) {
          const shown = { address: each.address, original: recipient.original };
          logDelivery(log, request, shown, withRelay(each, clock.now()));
        }
        results.set(recipient.index, withRelay(worst(leaves), clock.now()));
      }
      return { results };
    },
    close: () => Promise.resolve(),
  };
}

/** Without the leaf's address: it is the recipient whose state this is. */
function withRelay(
  { action, dsn, text, diagnosticType, diagnostic }: Leaf,
  time: number,
): Delivery {
  return {
    action,
    dsn,
    text,
    relay: 'local',
    time,
    ...(diagnosticType === undefined ? {} : { diagnosticType }),
    ...(diagnostic === undefined ? {} : { diagnostic }),
  };
}

const rank: Record<Leaf['action'], number> = { deferred: 2, bounced: 1, sent: 0 };

/** What the recipient's state becomes: anything to try again wins, then anything to report. */
function worst(leaves: readonly Leaf[]): Leaf {
  return leaves.reduce((a, b) => (rank[b.action] > rank[a.action] ? b : a));
}
