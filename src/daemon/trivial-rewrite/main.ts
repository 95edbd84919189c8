/**
 * NAME
 *   trivial-rewrite - canonical form and route of addresses
 *
 * DESCRIPTION
 *   Completes addresses (`user` to `user@$myorigin`) and decides for each recipient by which transport and to which
 *   next hop it goes: address class by mydestination, virtual_alias_domains, virtual_mailbox_domains, relay_domains,
 *   then transport_maps.
 *
 * SEE ALSO
 *   postconf(5), transport(5), ADDRESS_CLASS_README of Postfix
 */
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Rewrite } from '../../lib/ipc/conversation/rewrite.js';
import type { Log } from '../../lib/log/log.js';
import { LookupError } from '../../lib/map/match-list.js';
import { createResolve } from './resolve.js';
import { rewriteAddress } from './rewrite.js';

export interface RewriteParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly dicts: DictOpener;
}

export function createRewrite({ settings, log, dicts }: RewriteParts): Rewrite {
  const resolve = createResolve(settings, dicts, log);
  return {
    rewrite: (address, context) => rewriteAddress(address, context, settings),
    async resolve(recipient, sender) {
      try {
        return await resolve(recipient, sender);
      } catch (error) {
        if (!(error instanceof LookupError)) throw error;
        log.warning(error.message);
        return { is: 'try-again', reason: 'address resolver failure' };
      }
    },
  };
}
