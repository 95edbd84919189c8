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
import { deliveredTo } from '../../lib/agent/loop.js';
import { logDelivery } from '../../lib/agent/outcome.js';
import type {
  Delivery,
  DeliveryAgent,
  DeliveryPart,
  DeliveryRecipient,
  DeliveryRequest,
} from '../../lib/ipc/delivery.js';
import { LookupError } from '../../lib/map/match-list.js';
import { Gate } from '../../lib/util/gate.js';
import {
  type Leaf,
  leaf,
  type LocalParts,
  type Outcome,
  type Position,
  type Tree,
} from './core.js';
import { sendOnward } from './forward.js';
import { withoutSuccess } from './position.js';
import { Prober } from './probe.js';
import { Walker } from './walk.js';

export type { LocalParts } from './core.js';

export function createLocal(parts: LocalParts): DeliveryAgent {
  const { settings } = parts;
  const core = { ...parts, gate: new Gate(settings.local_destination_concurrency_limit) };
  const walker = new Walker(core);

  async function deliverOne(
    request: DeliveryRequest,
    recipient: DeliveryRecipient,
  ): Promise<Delivery> {
    const outcomes: Outcome[] = [];
    const start = startOf(request, recipient);
    const tree = await createTree(parts, request, recipient, outcomes);
    try {
      await walker.address(tree, start);
      for (const group of tree.onward.values())
        tree.settle(withoutSuccess(start), await sendOnward(core, tree, group));
      if (outcomes.length === 0) tree.settle(start, leaf('sent', '2.0.0', 'discarded'));
    } catch (error) {
      const text =
        error instanceof LookupError ? 'alias database unavailable' : 'local delivery failed';
      parts.log.warning(`${request.queueId}: ${recipient.address}: ${(error as Error).message}`);
      tree.settle(start, leaf('deferred', '4.3.0', text));
    }
    return summary(recipient, outcomes, parts.clock.now());
  }

  const prober = new Prober(core);
  return {
    probe: (request) => prober.probe(request),
    async deliver(request) {
      const results = new Map<number, Delivery>();
      for (const recipient of request.recipients)
        results.set(recipient.index, await deliverOne(request, recipient));
      return { results };
    },
    close: () => Promise.resolve(),
  };
}

function startOf({ envelope }: DeliveryRequest, recipient: DeliveryRecipient): Position {
  return {
    address: recipient.address,
    original: recipient.original,
    orcpt: recipient.dsnOrcpt,
    notify: recipient.dsnNotify,
    sender: envelope.sender,
    delivered: recipient.address,
    owner: undefined,
    expandedFrom: undefined,
    source: undefined,
    rights: undefined,
    unmatched: undefined,
    depth: 0,
    direct: false,
  };
}

async function createTree(
  { settings, log, clock }: LocalParts,
  request: DeliveryRequest,
  recipient: DeliveryRecipient,
  outcomes: Outcome[],
): Promise<Tree> {
  const seen = new Set<string>();
  let counted = 0;
  const limit = settings.duplicate_filter_limit;
  return {
    request,
    recipient,
    visited: await deliveredTo(request),
    onward: new Map(),
    first(what) {
      if (seen.has(what)) return false;
      if (limit <= 0 || seen.size < limit) seen.add(what);
      return true;
    },
    count: () => (counted += 1),
    settle({ address, original, orcpt, notify }, outcome) {
      logDelivery(log, request, { address, original }, asDelivery(outcome, clock.now()));
      outcomes.push({ ...outcome, address, original, orcpt, notify });
    },
    keep(outcome) {
      outcomes.push(outcome);
    },
  };
}

function asDelivery(outcome: Leaf, time: number): Delivery {
  const { action, dsn, text, diagnosticType, diagnostic, dsnAction } = outcome;
  return {
    action,
    dsn,
    text,
    relay: 'local',
    time,
    ...(diagnosticType === undefined ? {} : { diagnosticType }),
    ...(diagnostic === undefined ? {} : { diagnostic }),
    ...(dsnAction === undefined ? {} : { dsnAction }),
  };
}

const rank: Record<Leaf['action'], number> = { deferred: 2, bounced: 1, sent: 0 };

/** What the recipient's state becomes: anything to try again wins, then anything to report. */
function summary(
  recipient: DeliveryRecipient,
  outcomes: readonly Outcome[],
  time: number,
): Delivery {
  const worst = outcomes.reduce((a, b) => (rank[b.action] > rank[a.action] ? b : a));
  const own = asDelivery(worst, time);
  const isPlain =
    outcomes.length === 1 &&
    worst.address === recipient.address &&
    worst.original === recipient.original;
  if (isPlain) return own;
  const parts = outcomes.map((outcome): DeliveryPart => {
    const { address, original, orcpt, notify } = outcome;
    return {
      ...asDelivery(outcome, time),
      address,
      original,
      dsnNotify: notify,
      ...(orcpt === undefined ? {} : { dsnOrcpt: orcpt }),
    };
  });
  return { ...own, parts };
}
