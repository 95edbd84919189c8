/**
 * cleanup/stage/duplicates - no one gets the message twice for the same reason.
 *
 * With enable_original_recipient the same mailbox under two names is two recipients, as X-Original-To: tells them apart.
 * duplicate_filter_limit bounds what is remembered. Postfix: cleanup_out_recipient.c, been_here(3).
 */
import type { Recipient } from '../../../lib/ipc/envelope.js';
import { dsnNotify } from '../../../lib/ipc/envelope.js';
import type { Stage } from '../message.js';

export const duplicates: Stage = {
  name: 'duplicates',
  envelope(message) {
    if (message.recipients.length < 2) return;
    const { enable_original_recipient, duplicate_filter_limit } = message.core.settings;
    const seen = new Set<string>();
    message.recipients = message.recipients.filter((recipient) => {
      if (recipient.expanded) return true;
      const key = (
        enable_original_recipient ? fullKey(recipient) : recipient.address
      ).toLowerCase();
      if (seen.has(key)) return false;
      if (duplicate_filter_limit === 0 || seen.size < duplicate_filter_limit) seen.add(key);
      return true;
    });
  },
};

function fullKey({ address, original, dsnOrcpt, dsnNotify: notify }: Recipient): string {
  const orcpt = dsnOrcpt ?? (notify === dsnNotify.never ? '' : `rfc822;${original}`);
  return `${orcpt}\n${notify}\n${original}\n${address}`;
}
