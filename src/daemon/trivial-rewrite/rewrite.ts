/**
 * trivial-rewrite/rewrite - an address to its canonical form; pure.
 *
 * Postfix: rewrite.c, postconf(5) append_at_myorigin, append_dot_mydomain, swap_bangpath, allow_percent_hack.
 */
import type { Settings } from '../../lib/config/settings.js';
import type { RewriteContext } from '../../lib/ipc/conversation/rewrite.js';
import { splitAddress } from '../../lib/protocol/address/quote.js';

export type RewriteSettings = Pick<
  Settings,
  | 'myorigin'
  | 'mydomain'
  | 'append_at_myorigin'
  | 'append_dot_mydomain'
  | 'swap_bangpath'
  | 'allow_percent_hack'
  | 'remote_header_rewrite_domain'
>;

export function rewriteAddress(
  address: string,
  context: RewriteContext,
  settings: RewriteSettings,
): string {
  if (address === '') return '';
  const remote = context === 'remote';
  if (remote && settings.remote_header_rewrite_domain === '') return address;
  const origin = remote ? settings.remote_header_rewrite_domain : settings.myorigin;
  let { local, domain } = splitAddress(address);
  if (domain === undefined && settings.swap_bangpath && local.includes('!')) {
    // host!user is user@host.
    const bang = local.indexOf('!');
    [domain, local] = [local.slice(0, bang), local.slice(bang + 1)];
  }
  if (domain === undefined && settings.allow_percent_hack && local.includes('%')) {
    const percent = local.lastIndexOf('%');
    [local, domain] = [local.slice(0, percent), local.slice(percent + 1)];
  }
  if (domain === undefined || domain === '') {
    if (!settings.append_at_myorigin && !remote) return domain === undefined ? local : address;
    domain = origin;
  }
  if (domain.startsWith('[')) return `${local}@${domain}`;
  const isComplete = domain.includes('.');
  if (!isComplete && domain !== '' && settings.append_dot_mydomain) {
    domain = `${domain}.${remote ? settings.remote_header_rewrite_domain : settings.mydomain}`;
  }
  // A final dot says that the name is complete; it is not part of it.
  if (domain.endsWith('.') && domain.length > 1) domain = domain.slice(0, -1);
  return `${local}@${domain}`;
}
