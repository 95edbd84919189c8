/** local/place - the parts of an address, as aliases, file names and environments use them; pure. */
import type { Settings } from '../../lib/config/settings.js';
import { splitExtension } from '../../lib/protocol/address/extension.js';
import { splitAddress } from '../../lib/protocol/address/quote.js';

export interface Place {
  /** Lower case, as all decisions are (local(8), CASE FOLDING). */
  readonly local: string;
  readonly user: string;
  readonly extension: string | undefined;
  readonly domain: string;
}

export function placeOf(address: string, settings: Pick<Settings, 'recipient_delimiter'>): Place {
  const { local, domain = '' } = splitAddress(address);
  const folded = local.toLowerCase();
  const { user, extension } = splitExtension(folded, settings.recipient_delimiter);
  return { local: folded, user, extension, domain };
}
