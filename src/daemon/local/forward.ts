/**
 * local/forward - hands mail on to other addresses as a new message.
 *
 * The new message is in the queue before the old one counts as delivered. Postfix: forward.c.
 */
import { noOverrides } from '../../lib/ipc/conversation/cleanup.js';
import type { LocalCore, Leaf, Tree } from './core.js';
import { leaf } from './core.js';

export async function forwardTo(
  parts: LocalCore,
  tree: Tree,
  sender: string,
  addresses: readonly string[],
): Promise<Leaf> {
  const { cleanup, settings, clock, log } = parts;
  const { request, recipient, delivered } = tree;
  const session = cleanup.open(
    {
      ...request.envelope,
      sender,
      arrival: clock.now(),
      contentFilter: '',
      redirectTo: '',
      kind: 'mail',
    },
    {
      overrides: noOverrides,
      localRewrite: false,
      extractRecipients: false,
      received: (queueId) => `by ${settings.myhostname} (${settings.mail_name})\n\tid ${queueId}`,
      prepend: [`Delivered-To: ${delivered.replace(/[\r\n]/g, ' ')}`],
      hold: false,
      discard: false,
    },
  );
  try {
    for (const address of addresses) {
      session.recipient({
        address,
        original: recipient.original,
        dsnNotify: recipient.dsnNotify,
        ...(recipient.dsnOrcpt === undefined ? {} : { dsnOrcpt: recipient.dsnOrcpt }),
      });
    }
    for await (const chunk of request.content()) await session.content(chunk);
    const result = await session.finish();
    if (result.is === 'queued') return leaf('sent', '2.0.0', `forwarded as ${result.queueId}`);
    return leaf('deferred', '4.3.0', `cannot forward: ${result.text}`);
  } catch (error) {
    await session.abort();
    log.warning(`${request.queueId}: forward: ${(error as Error).message}`);
    return leaf('deferred', '4.3.0', 'cannot forward message');
  }
}
