/**
 * smtp/route - one message over the servers of its next hops, one after the other, until every recipient has an
 * outcome.
 *
 * Postfix: smtp_connect.c.
 */
import type { DeliveryRequest } from '../../lib/ipc/delivery.js';
import type { Log } from '../../lib/log/log.js';
import { LookupError } from '../../lib/map/match-list.js';
import type { Clock } from '../../lib/sys/clock.js';
import { splitList } from '../../lib/util/list.js';
import type { Attempt } from './attempt.js';
import type { ClientSettings } from './client-settings.js';
import type { Connection } from './connection.js';
import type { Destinations, Servers } from './destination.js';
import { dial } from './dial.js';
import type { Handshake } from './handshake.js';
import type { IdleConnections } from './idle-connections.js';
import { parsePlace } from './place.js';
import type { DebugPeers } from '../../lib/map/debug-peers.js';
import type { Security, SecurityChooser } from './security.js';
import type { Server } from './server.js';
import { Transaction } from './transaction.js';
import { isSoft, softened, Trouble, type Why } from './trouble.js';

export interface RouteParts {
  readonly settings: ClientSettings;
  readonly log: Log;
  readonly clock: Clock;
  readonly destinations: Destinations;
  readonly handshake: Handshake;
  readonly security: SecurityChooser;
  readonly idle: IdleConnections;
  readonly debugPeers: DebugPeers | undefined;
  /** smtp_connection_cache_destinations has the next hop. */
  readonly isAlwaysKept: (nexthop: string) => Promise<boolean>;
  /** Knows what is under way, to end it at a stop. */
  readonly watch: (attempt: Attempt, connection: Connection | undefined) => void;
}

export class Route {
  readonly #parts: RouteParts;
  readonly #attempt: Attempt;
  readonly #request: DeliveryRequest;
  #keeps = false;
  /** A kept connection to this address was used already. */
  #usedAddress: string | undefined;
  #sessions = 0;
  #isLastPlace = false;

  constructor(parts: RouteParts, attempt: Attempt) {
    this.#parts = parts;
    this.#attempt = attempt;
    this.#request = attempt.request;
  }

  async run(): Promise<void> {
    const { settings } = this.#parts;
    this.#keeps = await this.#mayKeep();
    await this.#overIdle();
    const own = placesOf(this.#request.nexthop, settings.lmtp);
    const fallback = splitList(settings.fallback_relay);
    let last = '';
    for (const [index, place] of [...own, ...fallback].entries()) {
      if (this.#attempt.isDone) return;
      last = place;
      this.#isLastPlace = index === own.length + fallback.length - 1;
      await this.#place(place);
      if (this.#isLastPlace || this.#request.signal.aborted) break;
    }
    if (!this.#attempt.isDone) this.#giveUp(last, own, fallback);
  }

  /** Connections with another sender's login are not ours. */
  get #idleKey(): string {
    const { sasl_auth_enable: logsIn, sender_dependent_authentication: bySender } =
      this.#parts.settings;
    const { nexthop, envelope } = this.#request;
    return logsIn && bySender ? `${nexthop}\0${envelope.sender}` : nexthop;
  }

  async #mayKeep(): Promise<boolean> {
    const { settings, isAlwaysKept } = this.#parts;
    if (settings.connection_cache_on_demand && this.#request.moreWaiting) return true;
    if (settings.connection_cache_destinations === '') return false;
    return isAlwaysKept(this.#request.nexthop);
  }

  /** A connection that was kept saves the look-ups too. */
  async #overIdle(): Promise<void> {
    const { idle } = this.#parts;
    for (;;) {
      const connection = idle.take(this.#idleKey);
      if (!connection) return;
      this.#attempt.isFinalServer = connection.isOnlyServer;
      const isStale = await this.#transact(connection, true);
      this.#attempt.isFinalServer = false;
      if (isStale) continue;
      this.#usedAddress = connection.server.address;
      this.#sessions = 1;
      return;
    }
  }

  async #place(text: string): Promise<void> {
    const { settings } = this.#parts;
    let found: Servers;
    try {
      found = isSocketPath(text)
        ? socketServer(text, settings.common.myhostname)
        : await this.#parts.destinations.servers(
            parsePlace(text, settings.tcp_port, settings.common.enable_idna2003_compatibility),
          );
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      this.#attempt.why = error.why;
      // A fallback would only make a loop longer.
      if (isLoop(error.why)) this.#isLastPlace = true;
      return;
    }
    if (found.isExchanger) this.#isLastPlace = true;
    await this.#servers(found.servers);
  }

  async #servers(all: readonly Server[]): Promise<void> {
    const { mx_address_limit: addressLimit, mx_session_limit: sessionLimit } = this.#parts.settings;
    const attempt = this.#attempt;
    const best = all[0]?.preference;
    const servers = all.filter(({ address }) => address !== this.#usedAddress);
    let left = addressLimit > 0 ? Math.min(addressLimit, servers.length) : servers.length;
    for (const server of servers) {
      if (left === 0 || attempt.isDone || this.#request.signal.aborted) break;
      left -= 1;
      attempt.isFinalServer = this.#isLastPlace && left === 0;
      const connection = await this.#connected(server, server.preference === best);
      if (!connection) continue;
      connection.isOnlyServer = this.#isLastPlace && all.length === 1;
      this.#sessions += 1;
      if (sessionLimit > 0 && this.#sessions >= sessionLimit) left = 0;
      attempt.isFinalServer = this.#isLastPlace && left === 0;
      await this.#transact(connection);
    }
    // The limits count for each place anew.
    this.#sessions = 0;
  }

  /** A connection on which mail may be sent; undefined: the trouble is noted. */
  async #connected(server: Server, isBest: boolean): Promise<Connection | undefined> {
    const { log, handshake, security } = this.#parts;
    const attempt = this.#attempt;
    attempt.setUp = undefined;
    let connection: Connection | undefined;
    const { nexthop, envelope } = this.#request;
    const { sender } = envelope;
    let chosen: Security;
    try {
      chosen = await security.of(nexthop, server);
    } catch (error) {
      const why = whyOf(error, undefined);
      log.warning(`TLS policy lookup for ${nexthop}/${server.host}: ${why.text}`);
      attempt.why = why;
      return undefined;
    }
    try {
      connection = await dial(this.#parts, server);
      this.#parts.watch(attempt, connection);
      let why = await handshake.run(connection, { nexthop, isBest, sender, security: chosen });
      if (why?.isHandshake && this.#mayGoInTheClear(chosen)) {
        connection.destroy();
        chosen = security.clear(chosen);
        connection = await dial(this.#parts, server);
        this.#parts.watch(attempt, connection);
        why = await handshake.run(connection, { nexthop, isBest, sender, security: chosen });
      }
      if (!why) return connection;
      attempt.failed(attempt.left, why, connection);
      connection.quit();
      return undefined;
    } catch (error) {
      const why = whyOf(error, connection);
      connection?.destroy();
      if (connection) {
        attempt.failed(attempt.left, why, connection);
      } else {
        log.info(why.text);
        attempt.why = why;
      }
      return undefined;
    }
  }

  /**
   * As Postfix: the trouble may be gone soon, so the first attempts insist on TLS; and where we log in, we always do.
   */
  #mayGoInTheClear({ policy }: Security): boolean {
    const { settings } = this.#parts;
    const { arrival, active } = this.#request.times;
    if (policy.level !== 'may' || (settings.sasl_auth_enable && settings.sasl_password_maps !== ''))
      return false;
    return active - arrival >= settings.common.minimal_backoff_time * 1000;
  }

  /** True: the connection was closed while it waited, and nothing came of it. */
  async #transact(connection: Connection, reused = false): Promise<boolean> {
    const { idle, watch } = this.#parts;
    watch(this.#attempt, connection);
    connection.uses += 1;
    const keep = this.#keeps && idle.mayKeep(connection);
    const transaction = new Transaction(this.#parts, connection, this.#attempt, { keep, reused });
    if (await transaction.run()) idle.keep(this.#idleKey, connection);
    watch(this.#attempt, undefined);
    return transaction.isStale;
  }

  /** No server is left: the last trouble is the outcome, unless it looks like a mistake in the settings. */
  #giveUp(last: string, own: readonly string[], fallback: readonly string[]): void {
    const { settings, log } = this.#parts;
    const attempt = this.#attempt;
    let why: Why = attempt.why ?? {
      dsn: '4.3.0',
      text: 'server unavailable or unable to receive mail',
      ofSite: true,
    };
    if (!isSoft(why)) {
      const isFallback = fallback.includes(last) && !own.includes(last);
      const isRelayhost = !settings.lmtp && own[0] === settings.common.relayhost;
      if (isFallback || isRelayhost) {
        log.warning(`${isFallback ? 'smtp_fallback_relay' : 'relayhost'} configuration problem`);
        why = softened(why, '4.3.5');
      }
    }
    attempt.isFinalServer = true;
    attempt.setUp = undefined;
    attempt.failed(attempt.left, { ...why, ofSite: true }, undefined);
  }
}

function whyOf(error: unknown, connection: Connection | undefined): Why {
  if (error instanceof Trouble) return error.why;
  if (!(error instanceof LookupError)) throw error;
  const text = `local data error while talking to ${connection?.label ?? 'server'}`;
  return { dsn: '4.3.0', text, ofSite: true };
}

function isLoop({ dsn }: Why): boolean {
  return dsn === '5.4.6' || dsn === '4.4.6';
}

const socketPrefix = 'unix:';

/** LMTP knows `unix:PATH` and `inet:HOST`; SMTP does not, for a host may have such a name. */
function placesOf(nexthop: string, lmtp: boolean): string[] {
  if (!lmtp) return splitList(nexthop);
  if (isSocketPath(nexthop)) return [nexthop];
  return splitList(nexthop.replace(/^inet:/, ''));
}

function isSocketPath(place: string): boolean {
  return place.startsWith(socketPrefix);
}

function socketServer(place: string, host: string): Servers {
  const address = place.slice(socketPrefix.length);
  return { servers: [{ host, address, port: 0, preference: 0 }], isExchanger: false };
}
