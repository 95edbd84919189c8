/**
 * local/pass - hands a recipient to another transport: mailbox_transport, fallback_transport and their tables.
 *
 * Postfix: deliver_pass(3).
 */
import type { LocalCore, Position, Tree } from './core.js';
import { leaf } from './core.js';
import { quoteAddress } from '../../lib/protocol/address/quote.js';

/** @param destination `transport:nexthop`; without a next hop, it is this host */
export async function passTo(
  core: LocalCore,
  tree: Tree,
  position: Position,
  destination: string,
): Promise<void> {
  const { log, agentFor, settings } = core;
  const { request, recipient } = tree;
  const colon = destination.indexOf(':');
  const transport = colon < 0 ? destination : destination.slice(0, colon);
  const nexthop = colon < 0 ? '' : destination.slice(colon + 1);
  const agent = agentFor?.(transport);
  if (!agent || transport === request.transport) {
    log.warning(`${request.queueId}: no usable transport ${transport} in ${destination}`);
    tree.settle(position, leaf('deferred', '4.3.5', 'mail system configuration error'));
    return;
  }
  log.info(
    `${request.queueId}: passing <${quoteAddress(position.address)}> to transport=${transport}`,
  );
  const { address, original, orcpt, notify } = position;
  const report = await agent.deliver({
    ...request,
    transport,
    nexthop: nexthop === '' ? settings.myhostname : nexthop,
    envelope: { ...request.envelope, sender: position.sender },
    recipients: [
      {
        index: recipient.index,
        address,
        original,
        dsnNotify: notify,
        ...(orcpt === undefined ? {} : { dsnOrcpt: orcpt }),
      },
    ],
  });
  const delivery = report.results.get(recipient.index);
  if (delivery) tree.keep({ ...delivery, address, original, orcpt, notify });
  else tree.settle(position, leaf('deferred', '4.3.0', 'delivery agent failed'));
}
