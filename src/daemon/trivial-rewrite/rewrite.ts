/**
 * trivial-rewrite/rewrite - an address to its canonical form; pure.
 *
 * In this order: source route dropped, host!user and user%host turned, @$myorigin and .$mydomain added, a final dot
 * taken off. Postfix: rewrite.c, postconf(5) append_at_myorigin, append_dot_mydomain, swap_bangpath, allow_percent_hack.
 */
import type { Settings } from '../../lib/config/settings.js';
import type { RewriteContext } from '../../lib/ipc/conversation/rewrite.js';

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
  given: string,
  context: RewriteContext,
  settings: RewriteSettings,
): string {
  if (given === '') return '';
  const remote = context === 'remote';
  const foreign = settings.remote_header_rewrite_domain;
  const address = withRoutingUndone(withoutRoute(given), settings);
  const at = address.lastIndexOf('@');
  if (at < 0) {
    const origin = remote ? foreign : settings.append_at_myorigin ? settings.myorigin : '';
    return origin === '' ? address : completed(`${address}@`, origin, context, settings);
  }
  return completed(address.slice(0, at + 1), address.slice(at + 1), context, settings);
}

/** @param localAt local part with its `@` */
function completed(
  localAt: string,
  domain: string,
  context: RewriteContext,
  settings: RewriteSettings,
): string {
  if (domain === '' || domain.startsWith('[')) return localAt + domain;
  if (!domain.includes('.')) {
    const parent = context === 'remote' ? settings.remote_header_rewrite_domain : settings.mydomain;
    const appends = context === 'remote' || settings.append_dot_mydomain;
    return appends && parent !== '' ? `${localAt}${domain}.${parent}` : localAt + domain;
  }
  // A final dot says that the name is complete; it is not part of it.
  const isRooted = domain.endsWith('.') && domain.length > 1 && !domain.endsWith('..');
  return localAt + (isRooted ? domain.slice(0, -1) : domain);
}

/** `@a,@b:user@host` is user@host: RFC 5321 appendix F.2. */
function withoutRoute(address: string): string {
  if (!address.startsWith('@')) return address;
  const colon = address.indexOf(':');
  return colon < 0 ? address : address.slice(colon + 1);
}

/** `host!user` and `user%host` to `user@host`, where no `@` says better. */
export function withRoutingUndone(
  address: string,
  settings: Pick<Settings, 'swap_bangpath' | 'allow_percent_hack'>,
): string {
  if (address.includes('@')) return address;
  if (settings.swap_bangpath) {
    const bang = address.indexOf('!');
    if (bang >= 0) return `${address.slice(bang + 1)}@${address.slice(0, bang)}`;
  }
  if (settings.allow_percent_hack) {
    const percent = address.lastIndexOf('%');
    if (percent >= 0) return `${address.slice(0, percent)}@${address.slice(percent + 1)}`;
  }
  return address;
}
