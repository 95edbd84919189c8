/**
 * cleanup/masquerade - `joe@host.example.org` becomes `joe@example.org`: masquerade_domains; pure.
 *
 * The first domain of the list that is the address's own or above it decides; `!domain` keeps what lies below it.
 * Postfix: cleanup_masquerade.c.
 */
import { splitAddress } from '../../lib/protocol/address/quote.js';

export interface Masquerade {
  /** In the order of the list; `!` in front: not below this. */
  readonly domains: readonly string[];
  /** Users (lower case) whose addresses stay. */
  readonly exceptions: ReadonlySet<string>;
}

export function masqueraded(address: string, { domains, exceptions }: Masquerade): string {
  const { local, domain } = splitAddress(address);
  if (domain === undefined || exceptions.has(local.toLowerCase())) return address;
  const own = domain.toLowerCase();
  for (const entry of domains) {
    const above = entry.replace(/^!+/, '').toLowerCase();
    if (above === '') continue;
    if (own === above) return address;
    if (!own.endsWith(`.${above}`)) continue;
    const isKept = (entry.length - above.length) % 2 === 1;
    return isKept ? address : `${local}@${entry.slice(-above.length)}`;
  }
  return address;
}
