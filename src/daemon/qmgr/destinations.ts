/**
 * qmgr/destinations - groups the recipients of a message by where they go.
 *
 * Recipients with the same transport and next hop share a delivery, up to the transport's recipient limit.
 */
import type { Settings } from '../../lib/config/settings.js';
import type { Envelope } from '../../lib/ipc/envelope.js';
import type { Rewrite, Route } from '../../lib/ipc/conversation/rewrite.js';
import { splitExtension } from '../../lib/protocol/address/extension.js';
import { splitAddress } from '../../lib/protocol/address/quote.js';
import type { StoredRecipient } from '../../lib/queue/store.js';

export interface Destination {
  readonly transport: string;
  readonly nexthop: string;
  /** Name of the scheduler's queue. */
  readonly queue: string;
  readonly recipients: StoredRecipient[];
}

/** A recipient whose outcome is known without a delivery. */
export interface Unroutable {
  readonly recipient: StoredRecipient;
  readonly action: 'sent' | 'deferred' | 'bounced';
  readonly dsn: string;
  readonly text: string;
}

export interface Grouped {
  readonly destinations: Destination[];
  readonly unroutable: Unroutable[];
}

export async function groupRecipients(
  recipients: readonly StoredRecipient[],
  { sender, contentFilter, verp }: Pick<Envelope, 'sender' | 'contentFilter' | 'verp'>,
  settings: Settings,
  rewrite: Rewrite,
): Promise<Grouped> {
  const destinations: Destination[] = [];
  const open = new Map<string, Destination>();
  const unroutable: Unroutable[] = [];
  for (const recipient of inOrder(recipients)) {
    if (recipient.expanded) {
      unroutable.push({ recipient, action: 'sent', dsn: '2.0.0', text: 'alias expanded' });
      continue;
    }
    const route =
      contentFilter === ''
        ? await rewrite.resolve(recipient.address, sender)
        : filterRoute(contentFilter, recipient, settings);
    if (route.is === 'try-again') {
      unroutable.push({ recipient, action: 'deferred', dsn: '4.3.0', text: route.reason });
      continue;
    }
    if (route.is === 'bad-address') {
      unroutable.push({ recipient, action: 'bounced', dsn: '5.1.3', text: route.reason });
      continue;
    }
    if (recipient.address.startsWith('-') && !settings.allow_min_user) {
      unroutable.push({ recipient, action: 'bounced', dsn: '5.1.3', text: 'bad address syntax' });
      continue;
    }
    if (isOwnNotice(route, settings)) {
      const text = 'undeliverable postmaster notification discarded';
      unroutable.push({ recipient, action: 'sent', dsn: '2.0.0', text });
      continue;
    }
    const limit = settings.source.forTransport(route.transport, 'destination_recipient_limit');
    const queue =
      limit === 1 ? `${userPart(route.recipient, settings)}@${route.nexthop}` : route.nexthop;
    const key = `${route.transport}\n${queue}`;
    let destination = open.get(key);
    // With VERP each has a sender of its own.
    const isFull = verp !== undefined || (limit > 0 && destination?.recipients.length === limit);
    if (!destination || isFull) {
      destination = { transport: route.transport, nexthop: route.nexthop, queue, recipients: [] };
      open.set(key, destination);
      destinations.push(destination);
    }
    destination.recipients.push({ ...recipient, address: route.recipient });
  }
  return { destinations, unroutable };
}

/** By domain, then by address: what a next hop hears and a notification tells is in Postfix's order. */
function inOrder(recipients: readonly StoredRecipient[]): readonly StoredRecipient[] {
  if (recipients.length < 2) return recipients;
  const keyed = recipients.map((recipient) => {
    const { address } = recipient;
    const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
    return { recipient, key: `${domain}\0${address}` };
  });
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ recipient }) => recipient);
}

/** Our own notices to the postmaster that came back: there is an end to them, whichever of our domains they name. */
function isOwnNotice(
  route: Extract<Route, { is: 'route' }> | FilterRoute,
  settings: Settings,
): boolean {
  if (!('addressClass' in route) || route.addressClass !== 'local') return false;
  const { local } = splitAddress(route.recipient);
  return local.toLowerCase() === settings.double_bounce_sender.toLowerCase();
}

interface FilterRoute {
  readonly is: 'route';
  readonly transport: string;
  readonly nexthop: string;
  readonly recipient: string;
}

/** content_filter and FILTER: `transport:nexthop` for every recipient. */
function filterRoute(filter: string, recipient: StoredRecipient, settings: Settings): FilterRoute {
  const colon = filter.indexOf(':');
  const transport = colon < 0 ? filter : filter.slice(0, colon);
  const given = colon < 0 ? '' : filter.slice(colon + 1);
  const fallback =
    settings.default_filter_nexthop ||
    (splitAddress(recipient.address).domain ?? settings.myhostname);
  return { is: 'route', transport, nexthop: given || fallback, recipient: recipient.address };
}

function userPart(address: string, settings: Settings): string {
  return splitExtension(
    splitAddress(address).local,
    settings.recipient_delimiter,
  ).user.toLowerCase();
}
