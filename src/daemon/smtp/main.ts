/**
 * NAME
 *   smtp - the SMTP (and LMTP) client: delivery to other servers
 *
 * DESCRIPTION
 *   Finds the servers of a next hop, tries them in order, and hands the message over. A server that cannot be
 *   reached, or does not want to now, is followed by the next; what one recipient was refused concerns that recipient
 *   alone. Connections are kept for a while when more mail waits for the same place.
 *
 * SEE ALSO
 *   qmgr(8), transport(5)
 */
import { logDelivery } from '../../lib/agent/outcome.js';
import type { Settings } from '../../lib/config/settings.js';
import type { Resolver } from '../../lib/dns/resolver.js';
import type {
  Delivery,
  DeliveryAgent,
  DeliveryRecipient,
  DeliveryReport,
  DeliveryRequest,
} from '../../lib/ipc/delivery.js';
import type { Log } from '../../lib/log/log.js';
import { ownAddresses } from '../../lib/map/address-class.js';
import { addressValue } from '../../lib/util/net-address.js';
import type { Clock } from '../../lib/sys/clock.js';
import { splitList } from '../../lib/util/list.js';
import { Connection } from './connection.js';
import { Destinations, parsePlace, type Place, type Server } from './destination.js';
import { IdleConnections } from './idle-connections.js';
import { type Outcome, sendMessage } from './transaction.js';
import { dsnOf, Trouble } from './trouble.js';

export interface SmtpClientParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly lmtp?: boolean;
}

export function createSmtpClient(parts: SmtpClientParts): DeliveryAgent {
  return new SmtpClient(parts);
}

class SmtpClient implements DeliveryAgent {
  readonly #parts: SmtpClientParts;
  readonly #destinations: Destinations;
  readonly #own: ReadonlySet<string>;
  readonly #idle: IdleConnections;

  constructor(parts: SmtpClientParts) {
    this.#parts = parts;
    this.#own = ownAddresses(parts.settings);
    this.#destinations = new Destinations(parts.settings, parts.resolver);
    this.#idle = new IdleConnections(
      parts.settings.smtp_connection_reuse_time_limit * 1000,
      parts.clock,
    );
  }

  async deliver(request: DeliveryRequest): Promise<DeliveryReport> {
    const attempt = new Attempt(this.#parts, request);
    const reused = this.#idle.take(request.nexthop);
    if (reused && (await attempt.over(reused, true))) {
      this.#keepOrQuit(reused, request, attempt);
      return attempt.report();
    }
    const { settings } = this.#parts;
    const places = [...splitList(request.nexthop), ...splitList(settings.smtp_fallback_relay)];
    for (const text of places) {
      if (attempt.isDone) break;
      try {
        const place = parsePlace(
          text,
          this.#parts.lmtp ? settings.lmtp_tcp_port : settings.smtp_tcp_port,
        );
        await this.#place(attempt, request, place);
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        attempt.trouble(error);
        // A next hop that says no for good is not asked through a fallback relay.
        if (error.dsn.startsWith('5') && settings.smtp_fallback_relay === '') break;
      }
    }
    return attempt.report();
  }

  close(): Promise<void> {
    this.#idle.close();
    return Promise.resolve();
  }

  async #place(attempt: Attempt, request: DeliveryRequest, place: Place): Promise<void> {
    const servers = await this.#destinations.servers(place, (address, port) =>
      this.#isOwn(address, port),
    );
    const { settings, log } = this.#parts;
    const limit = settings.smtp_mx_session_limit;
    let sessions = 0;
    for (const server of servers) {
      if (attempt.isDone || (limit > 0 && sessions >= limit)) return;
      let connection: Connection | undefined;
      try {
        connection = await this.#connect(server);
        sessions += 1;
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        log.info(error.message);
        attempt.trouble(error);
        continue;
      }
      if (await attempt.over(connection, false)) this.#keepOrQuit(connection, request, attempt);
    }
  }

  #isOwn(address: string, port: number): boolean {
    const value = addressValue(address);
    return port === 25 && value !== undefined && this.#own.has(`${value.family} ${value.value}`);
  }

  async #connect(server: Server): Promise<Connection> {
    const { settings, clock } = this.#parts;
    const bind = server.address.includes(':')
      ? settings.smtp_bind_address6
      : settings.smtp_bind_address;
    const connection = await Connection.open(
      {
        server,
        connectTimeoutMs: (settings.smtp_connect_timeout || 3600) * 1000,
        bindAddress: bind === '' ? undefined : bind,
      },
      clock.now(),
    );
    try {
      await connection.handshake({
        heloName: this.#parts.lmtp ? settings.lmtp_lhlo_name : settings.smtp_helo_name,
        heloTimeoutMs: settings.smtp_helo_timeout * 1000,
        greetingTimeoutMs: settings.smtp_helo_timeout * 1000,
        verb: this.#parts.lmtp ? 'LHLO' : settings.smtp_never_send_ehlo ? 'HELO' : 'EHLO',
        skip5xx: settings.smtp_skip_5xx_greeting,
      });
      connection.connectedAt = clock.now();
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  #keepOrQuit(connection: Connection, request: DeliveryRequest, attempt: Attempt): void {
    const { settings } = this.#parts;
    const mayKeep =
      settings.smtp_connection_cache_on_demand && request.moreWaiting && attempt.isClean;
    if (mayKeep && connection.isUsable) this.#idle.keep(request.nexthop, connection);
    else connection.quit();
  }
}

/** The recipients of one request on their way through one or more servers. */
class Attempt {
  readonly #parts: SmtpClientParts;
  readonly #request: DeliveryRequest;
  readonly #results = new Map<number, Delivery>();
  #left: readonly DeliveryRecipient[];
  #last: Trouble | undefined;
  #reachedServer = false;
  isClean = true;

  constructor(parts: SmtpClientParts, request: DeliveryRequest) {
    this.#parts = parts;
    this.#request = request;
    this.#left = request.recipients;
  }

  get isDone(): boolean {
    return this.#left.length === 0;
  }

  trouble(error: Trouble): void {
    this.#last = error;
  }

  /** Tries the recipients that are left over this connection. False: it is of no use any more. */
  async over(connection: Connection, reused: boolean): Promise<boolean> {
    const { settings, lmtp = false } = this.#parts;
    connection.uses += 1;
    try {
      const outcomes = await sendMessage({
        connection,
        request: this.#request,
        recipients: this.#left,
        settings,
        lmtp,
      });
      this.#reachedServer = true;
      for (const recipient of this.#left) {
        const outcome = outcomes.get(recipient.index);
        if (outcome) this.#settle(recipient, outcome, connection);
      }
      this.#left = this.#left.filter(({ index }) => !this.#results.has(index));
      return true;
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      this.isClean = false;
      // An idle connection may have been closed meanwhile: a new one is tried before anything is said.
      const wasStale = reused && error.ofSite;
      if (!wasStale) this.#last = error;
      if (error.reply && !error.ofSite) {
        this.#reachedServer = true;
        if (error.reply.code >= 500) this.#settleAll(error, connection);
        connection.quit();
      } else {
        connection.destroy();
      }
      return false;
    }
  }

  report(): DeliveryReport {
    const trouble = this.#last ?? new Trouble('4.4.1', 'no server to try', { ofSite: true });
    this.#settleAll(trouble, undefined);
    const siteFailure =
      !this.#reachedServer && trouble.ofSite
        ? { siteFailure: { dsn: trouble.dsn.replace(/^5/, '4'), text: trouble.message } }
        : {};
    return { results: this.#results, ...siteFailure };
  }

  #settleAll(trouble: Trouble, connection: Connection | undefined): void {
    const isFinal = trouble.dsn.startsWith('5');
    for (const recipient of this.#left) {
      const outcome: Outcome = {
        action: isFinal ? 'bounced' : 'deferred',
        dsn: trouble.reply && trouble.dsn === '' ? dsnOf(trouble.reply) : trouble.dsn,
        text: trouble.message,
        relay: connection?.relay ?? 'none',
        ...(trouble.reply
          ? {
              diagnosticType: 'smtp' as const,
              diagnostic: `${trouble.reply.code} ${trouble.reply.lines.join(' ')}`,
            }
          : {}),
        ...(connection ? { remoteMta: connection.server.host } : {}),
      };
      this.#settle(recipient, outcome, connection);
    }
    this.#left = [];
  }

  #settle(
    recipient: DeliveryRecipient,
    outcome: Outcome,
    connection: Connection | undefined,
  ): void {
    const delivery: Delivery = { ...outcome, time: this.#parts.clock.now() };
    const connected =
      connection && connection.uses === 1 ? { connected: connection.connectedAt } : {};
    logDelivery(this.#parts.log, this.#request, recipient, delivery, {
      ...connected,
      ...(connection ? { use: connection.uses } : {}),
    });
    this.#results.set(recipient.index, delivery);
  }
}
