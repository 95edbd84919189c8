/**
 * NAME
 *   virtual - delivery into mailboxes that are no accounts of the system
 *
 * DESCRIPTION
 *   virtual_mailbox_maps gives a path below virtual_mailbox_base (a final `/` means Maildir), virtual_uid_maps and
 *   virtual_gid_maps whose it is. No aliases, no commands, no .forward.
 *
 * SEE ALSO
 *   local(8), VIRTUAL_README of Postfix
 */
import path from 'node:path';
import { mailboxLimits, mailboxMessage, fromLine } from '../../lib/agent/mailbox/message.js';
import { logDelivery } from '../../lib/agent/outcome.js';
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { MailboxOutcome, UserWorkers } from '../../lib/ipc/conversation/mailbox.js';
import type {
  Delivery,
  DeliveryAgent,
  DeliveryRecipient,
  DeliveryRequest,
} from '../../lib/ipc/delivery.js';
import type { Log } from '../../lib/log/log.js';
import { LookupError } from '../../lib/map/match-list.js';
import { type Maps, openMaps } from '../../lib/map/maps.js';
import { splitExtension } from '../../lib/protocol/address/extension.js';
import { splitAddress } from '../../lib/protocol/address/quote.js';
import type { Clock } from '../../lib/sys/clock.js';

export interface VirtualParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Clock;
  readonly dicts: DictOpener;
  readonly users: UserWorkers;
}

interface Mailbox {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
}

type Found =
  | { readonly is: 'mailbox'; readonly mailbox: Mailbox }
  | { readonly is: 'deferred' | 'bounced'; readonly dsn: string; readonly text: string };

export function createVirtual(parts: VirtualParts): DeliveryAgent {
  const { settings, log, clock, dicts, users } = parts;
  const mailboxes = openMaps(settings.virtual_mailbox_maps, dicts);
  const uids = openMaps(settings.virtual_uid_maps, dicts);
  const gids = openMaps(settings.virtual_gid_maps, dicts);
  const limits = mailboxLimits(
    settings,
    settings.virtual_mailbox_limit,
    settings.virtual_mailbox_lock,
  );

  async function find(address: string): Promise<Found> {
    const key = await lookupAddress(mailboxes, address, settings.recipient_delimiter);
    if (key === undefined)
      return { is: 'bounced', dsn: '5.1.1', text: `unknown user: "${address.toLowerCase()}"` };
    const uid = Number((await lookupAddress(uids, address, settings.recipient_delimiter)) ?? NaN);
    const gid = Number((await lookupAddress(gids, address, settings.recipient_delimiter)) ?? NaN);
    if (
      !Number.isInteger(uid) ||
      !Number.isInteger(gid) ||
      gid <= 0 ||
      uid < settings.virtual_minimum_uid
    ) {
      log.warning(
        `recipient ${address}: bad or missing uid or gid in virtual_uid_maps or virtual_gid_maps`,
      );
      return { is: 'deferred', dsn: '4.3.5', text: 'mail system configuration error' };
    }
    return { is: 'mailbox', mailbox: { path: key, uid, gid } };
  }

  async function store(
    request: DeliveryRequest,
    recipient: DeliveryRecipient,
    mailbox: Mailbox,
  ): Promise<MailboxOutcome> {
    const base = settings.virtual_mailbox_base;
    const place = path.posix.normalize(`./${mailbox.path}`);
    if (base === '' || place.startsWith('..')) {
      log.warning(
        `recipient ${recipient.address}: virtual_mailbox_base is empty, or ${mailbox.path} leads out of it`,
      );
      return { is: 'deferred', dsn: '4.3.5', text: 'mail system configuration error' };
    }
    const worker = await users.for({
      name: '',
      uid: mailbox.uid,
      gid: mailbox.gid,
      directory: base,
    });
    const message = mailboxMessage(request, {
      sender: request.envelope.sender,
      original: settings.enable_original_recipient ? recipient.original : '',
      delivered: recipient.address,
    });
    if (place.endsWith('/')) return worker.maildir(place, message, limits);
    return worker.mbox(place, fromLine(request.envelope.sender, clock.now()), message, limits);
  }

  async function deliverOne(
    request: DeliveryRequest,
    recipient: DeliveryRecipient,
  ): Promise<Delivery> {
    const outcome = await attempt(request, recipient);
    const delivery: Delivery = { ...outcome, relay: 'virtual', time: clock.now() };
    logDelivery(log, request, recipient, delivery);
    return delivery;
  }

  async function attempt(
    request: DeliveryRequest,
    recipient: DeliveryRecipient,
  ): Promise<Pick<Delivery, 'action' | 'dsn' | 'text'>> {
    try {
      const found = await find(recipient.address);
      if (found.is !== 'mailbox') return { action: found.is, dsn: found.dsn, text: found.text };
      const outcome = await store(request, recipient, found.mailbox);
      if (outcome.is !== 'done')
        return { action: outcome.is, dsn: outcome.dsn, text: outcome.text };
      const kind = found.mailbox.path.endsWith('/') ? 'maildir' : 'mailbox';
      return { action: 'sent', dsn: '2.0.0', text: `delivered to ${kind}` };
    } catch (error) {
      log.warning(`${request.queueId}: ${recipient.address}: ${(error as Error).message}`);
      const text =
        error instanceof LookupError ? 'user lookup error' : 'mailbox helper unavailable';
      return { action: 'deferred', dsn: '4.3.0', text };
    }
  }

  return {
    async deliver(request) {
      const results = new Map<number, Delivery>();
      for (const recipient of request.recipients)
        results.set(recipient.index, await deliverOne(request, recipient));
      return { results };
    },
    close: () => Promise.resolve(),
  };
}

/** user+ext@domain, user@domain, @domain. @throws {LookupError} */
async function lookupAddress(
  maps: Maps,
  given: string,
  delimiters: string,
): Promise<string | undefined> {
  const address = given.toLowerCase();
  const { local, domain = '' } = splitAddress(address);
  const { user, extension } = splitExtension(local, delimiters);
  return (
    (await maps.find(address)) ??
    (extension === undefined ? undefined : await maps.find(`${user}@${domain}`)) ??
    (await maps.find(`@${domain}`, { noPatterns: true }))
  );
}
