/** local/position - steps from one place in the tree to the next; pure but for the tree's reports. */
import type { Settings } from '../../lib/config/settings.js';
import { dsnNotify } from '../../lib/ipc/envelope.js';
import { splitExtension } from '../../lib/protocol/address/extension.js';
import { splitAddress } from '../../lib/protocol/address/quote.js';
import type { Position, Tree } from './core.js';

/**
 * RFC 3461 section 5.2.7: who asked for a report of success gets it where a name is expanded; what it expands to
 * reports failures only, as the sender wished.
 */
export function expanded(
  tree: Tree,
  position: Position,
  dsnAction: 'expanded' | 'delivered',
): Position {
  if ((position.notify & dsnNotify.success) === 0) return position;
  const { address, original, orcpt, notify } = position;
  tree.keep({
    action: 'sent',
    dsn: '2.0.0',
    text: 'alias expanded',
    dsnAction,
    address,
    original,
    orcpt,
    notify,
  });
  return withoutSuccess(position);
}

/** What was expanded reports no success of its own. */
export function withoutSuccess(position: Position): Position {
  const { notify } = position;
  const rest = notify & ~dsnNotify.success;
  return { ...position, notify: rest === 0 && notify !== 0 ? dsnNotify.never : rest };
}

/** The address with an extension that nobody took, unless it has its own (propagate_unmatched_extensions). */
export function withExtension(
  address: string,
  extension: string | undefined,
  { recipient_delimiter: delimiters }: Pick<Settings, 'recipient_delimiter'>,
): string {
  if (extension === undefined || delimiters === '') return address;
  const { local, domain } = splitAddress(address);
  if (splitExtension(local, delimiters).extension !== undefined) return address;
  const extended = local + delimiters.slice(0, 1) + extension;
  return domain === undefined ? extended : `${extended}@${domain}`;
}
