/**
 * virtual/mailboxes - finds a recipient's mailbox and its owner in the tables, and delivers there.
 *
 * A table in trouble or a wrong number is the administrator's to mend: the mail waits. Postfix: mailbox.c of virtual(8).
 */
import path from 'node:path';
import {
  fromLine,
  mailboxLimits,
  mailboxMessage,
  writeDiagnostic,
} from '../../lib/agent/mailbox/message.js';
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { MailboxLimits, UserWorkers } from '../../lib/ipc/conversation/mailbox.js';
import type { Delivery, DeliveryRecipient, DeliveryRequest } from '../../lib/ipc/delivery.js';
import type { Log } from '../../lib/log/log.js';
import { LookupError } from '../../lib/map/match-list.js';
import { type Maps, openLiteralMaps } from '../../lib/map/maps.js';
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

export type Outcome = Pick<Delivery, 'action' | 'dsn' | 'text'>;

const misconfigured: Outcome = {
  action: 'deferred',
  dsn: '4.3.5',
  text: 'mail system configuration error',
};

const maxId = 2 ** 32 - 2;

export class VirtualMailboxes {
  readonly #parts: VirtualParts;
  readonly #mailboxes: Maps;
  readonly #uids: Maps;
  readonly #gids: Maps;
  readonly #limits: MailboxLimits;

  constructor(parts: VirtualParts) {
    const { settings, dicts } = parts;
    this.#parts = parts;
    this.#mailboxes = openLiteralMaps(settings.virtual_mailbox_maps, dicts, 'virtual_mailbox_maps');
    this.#uids = openLiteralMaps(settings.virtual_uid_maps, dicts, 'virtual_uid_maps');
    this.#gids = openLiteralMaps(settings.virtual_gid_maps, dicts, 'virtual_gid_maps');
    this.#limits = mailboxLimits(
      settings,
      settings.virtual_mailbox_limit,
      settings.virtual_mailbox_lock,
      '4.2.0',
    );
  }

  /** @throws the helper is not to be had */
  async deliver(request: DeliveryRequest, recipient: DeliveryRecipient): Promise<Outcome> {
    const { settings, log } = this.#parts;
    const { address } = recipient;
    try {
      const mailbox = await this.#find(this.#mailboxes, address);
      if (mailbox === undefined)
        return {
          action: 'bounced',
          dsn: '5.1.1',
          text: `unknown user: "${address.toLowerCase()}"`,
        };
      const uid = await this.#number('uid', this.#uids, address, settings.virtual_minimum_uid);
      if (uid === undefined) return misconfigured;
      const gid = await this.#number('gid', this.#gids, address, 1);
      if (gid === undefined) return misconfigured;
      const place = this.#place(address, mailbox);
      if (place === undefined) return misconfigured;
      if (request.probe)
        return {
          action: 'sent',
          dsn: '2.0.0',
          text: `delivers to ${place.endsWith('/') ? 'maildir' : 'mailbox'}`,
        };
      return await this.#store(request, recipient, place, uid, gid);
    } catch (error) {
      if (!(error instanceof LookupError)) throw error;
      log.warning(`recipient ${address}: ${error.message}`);
      return misconfigured;
    }
  }

  async #number(
    what: 'uid' | 'gid',
    maps: Maps,
    address: string,
    least: number,
  ): Promise<number | undefined> {
    const { log } = this.#parts;
    const text = await this.#find(maps, address);
    if (text === undefined) {
      log.warning(`recipient ${address}: not found in virtual_${what}_maps`);
      return undefined;
    }
    const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (value >= Math.max(1, least) && value <= maxId) return value;
    log.warning(`recipient ${address}: bad ${what} ${text} in virtual_${what}_maps`);
    return undefined;
  }

  /** Always below the base: a table must not lead out of it. */
  #place(address: string, mailbox: string): string | undefined {
    const { settings, log } = this.#parts;
    const base = settings.virtual_mailbox_base.replace(/\/*$/, '');
    const whole = path.posix.normalize(`${base}/${mailbox}`);
    if (settings.virtual_mailbox_base !== '' && whole.startsWith(`${base}/`)) return whole;
    log.warning(
      settings.virtual_mailbox_base === ''
        ? `recipient ${address}: virtual_mailbox_base is empty; set it to the directory of the mailboxes`
        : `recipient ${address}: ${mailbox} leads out of virtual_mailbox_base`,
    );
    return undefined;
  }

  async #store(
    request: DeliveryRequest,
    recipient: DeliveryRecipient,
    place: string,
    uid: number,
    gid: number,
  ): Promise<Outcome> {
    const { settings, log, users, clock } = this.#parts;
    const { sender } = request.envelope;
    const worker = await users.for({
      name: '',
      uid,
      gid,
      directory: settings.virtual_mailbox_base,
    });
    const message = mailboxMessage(request, {
      sender,
      original: settings.enable_original_recipient ? recipient.original : '',
      delivered: recipient.address,
    });
    const isMaildir = place.endsWith('/');
    const outcome = isMaildir
      ? await worker.maildir(place, message, this.#limits)
      : await worker.mbox(place, fromLine(sender, clock.now()), message, this.#limits);
    for (const text of outcome.warnings ?? []) log.warning(text);
    if (outcome.is === 'done') {
      const kind = isMaildir ? 'maildir' : 'mailbox';
      return { action: 'sent', dsn: '2.0.0', text: `delivered to ${kind}` };
    }
    const what = isMaildir ? 'maildir delivery failed' : `delivery failed to mailbox ${place}`;
    return {
      action: outcome.is,
      dsn: outcome.dsn,
      text: `${what}: ${outcome.text}`,
      ...writeDiagnostic(outcome.text),
    };
  }

  /** user+ext@domain, user@domain, @domain. @throws {LookupError} */
  async #find(maps: Maps, given: string): Promise<string | undefined> {
    const address = given.toLowerCase();
    const { local, domain = '' } = splitAddress(address);
    const { recipient_delimiter } = this.#parts.settings;
    const { user, extension } = splitExtension(local, recipient_delimiter);
    return (
      (await maps.find(address)) ??
      (extension === undefined ? undefined : await maps.find(`${user}@${domain}`)) ??
      (await maps.find(`@${domain}`, { noPatterns: true }))
    );
  }
}
