/**
 * restriction/rbl-reply - what a client is told that stands on a DNS list: rbl_reply_maps, default_rbl_reply.
 *
 * The table is asked for the list as the restriction names it, filter and all. Postfix: smtpd_check.c rbl_reject_reply.
 */
import { ExpandError } from '../../../lib/config/expand.js';
import { LookupError } from '../../../lib/map/match-list.js';
import { splitAddress } from '../../../lib/protocol/address/quote.js';
import type { Reply } from '../../../lib/protocol/smtp/reply.js';
import { replies } from '../replies.js';
import { clientLabel } from '../state.js';
import { type Check, codeReply } from './check.js';

export interface Listing {
  /** As it stands in the restriction: `bl.example.org=127.0.0.2`. */
  readonly argument: string;
  readonly list: string;
  /** `Client host` */
  readonly class: string;
  readonly what: string;
  /** The list's own words; '' where it gives none. */
  readonly reason: string;
}

export async function rblReply(check: Check, listing: Listing): Promise<Reply> {
  const { settings, rblReplies, expandWith, log } = check.core;
  let template: string;
  try {
    template = (await rblReplies.find(listing.argument)) ?? settings.default_rbl_reply;
  } catch (error) {
    if (!(error instanceof LookupError)) throw error;
    log.warning(`${settings.rbl_reply_maps} lookup error for "${listing.argument}"`);
    return replies.configurationError;
  }
  try {
    const { text, unknown } = expandWith(template, valuesOf(check, listing));
    if (unknown !== undefined)
      log.warning(`unknown or inappropriate macro name "${unknown}" in "${template}"`);
    const match = /^([45]\d\d) (?:([245]\.\d{1,3}\.\d{1,3})(?:\s+|$))?(.*)$/s.exec(text);
    if (match?.[1] !== undefined)
      return codeReply(Number(match[1]), match[2] ?? '5.7.1', match[3] || unavailable);
    log.warning(`rbl response code configuration error: ${text}`);
    return codeReply(450, '4.7.1', unavailable);
  } catch (error) {
    if (!(error instanceof ExpandError)) throw error;
    log.warning(error.message);
    return replies.configurationError;
  }
}

const unavailable = 'Service unavailable';

function valuesOf({ core, state, sender, recipient }: Check, listing: Listing) {
  const { client } = state;
  return {
    client: clientLabel(client),
    client_address: client.address,
    client_name: client.name,
    reverse_client_name: client.reverseName,
    helo_name: state.helo,
    ...partsOf('sender', sender === '' ? '<>' : (sender ?? '')),
    ...partsOf('recipient', recipient ?? ''),
    rbl_class: listing.class,
    rbl_code: String(core.settings.maps_rbl_reject_code),
    rbl_domain: listing.list,
    rbl_reason: listing.reason,
    rbl_txt: listing.reason,
    rbl_what: listing.what,
  };
}

function partsOf(name: string, address: string): Record<string, string> {
  const { local, domain = '' } = splitAddress(address);
  return { [name]: address, [`${name}_name`]: local, [`${name}_domain`]: domain };
}
