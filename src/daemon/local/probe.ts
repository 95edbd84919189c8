/**
 * local/probe - whether a name here takes mail: address verification. Looks, and touches nothing.
 *
 * An alias counts as it stands, whatever it leads to. Postfix: alias.c, mailbox.c, unknown.c of local(8) with DEL_REQ_FLAG_MTA_VRFY.
 */
import { logDelivery } from '../../lib/agent/outcome.js';
import type {
  Delivery,
  DeliveryRecipient,
  DeliveryReport,
  DeliveryRequest,
} from '../../lib/ipc/delivery.js';
import { LookupError } from '../../lib/map/match-list.js';
import { type Maps, openLiteralMaps } from '../../lib/map/maps.js';
import { lookupUser } from '../../lib/sys/user.js';
import { type AliasTable, findAlias, openAliases } from './alias.js';
import { type Leaf, leaf, type LocalCore } from './core.js';
import { placeOf } from './place.js';

const deliverable = (text: string): Leaf => leaf('sent', '2.0.0', text);

export class Prober {
  readonly #core: LocalCore;
  readonly #aliases: readonly AliasTable[];
  readonly #transports: Maps;
  readonly #fallbacks: Maps;
  readonly #commands: Maps;

  constructor(core: LocalCore) {
    const { settings, dicts } = core;
    this.#core = core;
    this.#aliases = openAliases(settings.alias_maps, dicts);
    this.#transports = openLiteralMaps(
      settings.mailbox_transport_maps,
      dicts,
      'mailbox_transport_maps',
    );
    this.#fallbacks = openLiteralMaps(
      settings.fallback_transport_maps,
      dicts,
      'fallback_transport_maps',
    );
    this.#commands = openLiteralMaps(settings.mailbox_command_maps, dicts, 'mailbox_command_maps');
  }

  async probe(request: DeliveryRequest): Promise<DeliveryReport> {
    const results = new Map<number, Delivery>();
    for (const recipient of request.recipients)
      results.set(recipient.index, await this.#one(request, recipient));
    return { results };
  }

  async #one(request: DeliveryRequest, recipient: DeliveryRecipient): Promise<Delivery> {
    const { log, clock } = this.#core;
    let found: Leaf | string;
    try {
      found = await this.#find(recipient.address);
    } catch (error) {
      if (!(error instanceof LookupError)) throw error;
      log.warning(`${request.queueId}: ${recipient.address}: ${error.message}`);
      found = leaf('deferred', '4.3.0', 'alias database unavailable');
    }
    if (typeof found === 'string') {
      const passed = await this.#pass(request, recipient, found);
      if (passed) return passed;
      found = leaf('deferred', '4.3.5', 'mail system configuration error');
    }
    const delivery: Delivery = { ...found, relay: 'local', time: clock.now() };
    logDelivery(log, request, recipient, delivery);
    return delivery;
  }

  /** A text: `transport:nexthop` that takes it. @throws {LookupError} */
  async #find(address: string): Promise<Leaf | string> {
    const { settings } = this.#core;
    const { local, user } = placeOf(address, settings);
    for (const name of local === user ? [local] : [local, user]) {
      const alias = await findAlias(this.#aliases, name);
      if (alias) return deliverable(`aliased to ${alias.value}`);
    }
    const transport = (await this.#transports.find(user)) ?? settings.mailbox_transport;
    if (transport !== '') return transport;
    if (lookupUser(user)) return deliverable(`delivers to ${await this.#mailbox(user)}`);
    const fallback = (await this.#fallbacks.find(user)) ?? settings.fallback_transport;
    if (fallback !== '') return fallback;
    if (user === 'postmaster' || user === 'mailer-daemon') return deliverable('discarded');
    if (settings.luser_relay !== '') return deliverable('forwarded by luser_relay');
    return leaf('bounced', '5.1.1', `unknown user: "${user}"`);
  }

  async #mailbox(user: string): Promise<string> {
    const { mailbox_command, home_mailbox, mail_spool_directory } = this.#core.settings;
    const command = (await this.#commands.find(user)) ?? mailbox_command;
    if (command !== '') return `command: ${command}`;
    const place = home_mailbox === '' ? mail_spool_directory : home_mailbox;
    return place.endsWith('/') ? 'maildir' : 'mailbox';
  }

  /** Undefined: there is no such transport. */
  async #pass(
    request: DeliveryRequest,
    recipient: DeliveryRecipient,
    destination: string,
  ): Promise<Delivery | undefined> {
    const { agentFor, settings, clock } = this.#core;
    const [transport = '', ...nexthop] = destination.split(':');
    const agent = transport === request.transport ? undefined : agentFor?.(transport);
    if (!agent) return undefined;
    if (!agent.probe) {
      const found = deliverable(`passed to transport=${transport}`);
      const delivery: Delivery = { ...found, relay: 'local', time: clock.now() };
      logDelivery(this.#core.log, request, recipient, delivery);
      return delivery;
    }
    const report = await agent.probe({
      ...request,
      transport,
      nexthop: nexthop.join(':') || settings.myhostname,
      recipients: [recipient],
    });
    return report.results.get(recipient.index);
  }
}
