/**
 * local/forward - hands mail on to other addresses as a new message.
 *
 * The new message is in the queue before the old one counts as delivered. Postfix: forward.c of local(8).
 */
import { noOverrides } from '../../lib/ipc/conversation/cleanup.js';
import { quoteAddress } from '../../lib/protocol/address/quote.js';
import { splitList } from '../../lib/util/list.js';
import { leaf, type Leaf, type LocalCore, type Onward, type Position, type Tree } from './core.js';

/** Remembers an address for the message that goes on when the whole tree is known. */
export function addOnward(tree: Tree, position: Position, address: string): void {
  const { sender, delivered, notify, orcpt } = position;
  const key = `${sender}\n${delivered}`;
  if (!tree.first(`onward ${address.toLowerCase()}`)) return;
  let group = tree.onward.get(key);
  if (!group) {
    group = { sender, delivered, to: [] };
    tree.onward.set(key, group);
  }
  const original = position.original === '' ? address : position.original;
  group.to.push({ address, original, orcpt, notify });
}

/** @returns what became of it, for the recipient of the old message */
export async function sendOnward(
  core: LocalCore,
  tree: Tree,
  group: { readonly sender: string; readonly delivered: string; readonly to: readonly Onward[] },
): Promise<Leaf> {
  const { cleanup, settings, log } = core;
  const { request } = tree;
  const { envelope } = request;
  const sameSender = group.sender === envelope.sender;
  const marks = splitList(settings.prepend_delivered_header).includes('forward');
  const session = cleanup.open(
    {
      ...envelope,
      sender: group.sender,
      arrival: core.clock.now(),
      // A list's owner has not asked for what the first sender asked for.
      dsnRet: sameSender ? envelope.dsnRet : '',
      dsnEnvid: sameSender ? envelope.dsnEnvid : '',
      contentFilter: '',
      redirectTo: '',
      kind: 'mail',
    },
    {
      // It passed the filters when it came.
      overrides: { ...noOverrides, noHeaderBodyChecks: true, noMilters: true },
      localRewrite: false,
      extractRecipients: false,
      received: (queueId) => `by ${settings.myhostname} (${settings.mail_name})\n\tid ${queueId}`,
      prepend: marks ? [`Delivered-To: ${headerAddress(group.delivered)}`] : [],
    },
  );
  try {
    for (const { address, original, orcpt, notify } of group.to) {
      session.recipient({
        address,
        original,
        dsnNotify: notify,
        ...(orcpt === undefined ? {} : { dsnOrcpt: orcpt }),
      });
    }
    if (request.inline) await session.content(request.inline);
    else for await (const chunk of request.content()) await session.content(chunk);
    const result = await session.finish();
    if (result.is === 'queued') return leaf('sent', '2.0.0', `forwarded as ${result.queueId}`);
    const isFinal = result.code >= 500;
    return leaf(
      isFinal ? 'bounced' : 'deferred',
      isFinal ? result.enhanced : '4.3.0',
      `unable to forward message: ${result.text}`,
    );
  } catch (error) {
    await session.abort();
    log.warning(`${request.queueId}: unable to forward message: ${(error as Error).message}`);
    return leaf('deferred', '4.3.0', 'unable to forward message');
  }
}

function headerAddress(address: string): string {
  return quoteAddress(address.toLowerCase()).replace(/[\r\n]/g, ' ');
}
