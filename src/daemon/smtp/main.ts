/**
 * NAME
 *   smtp, lmtp - delivery to other servers
 *
 * DESCRIPTION
 *   Finds the servers of a next hop, tries them in order, and hands the message over. A server that cannot be
 *   reached, or does not want to now, is followed by the next; what one recipient was refused concerns that recipient
 *   alone. Connections are kept for a while when more mail waits for the same place.
 *
 *   As lmtp it speaks RFC 2033: LHLO, a reply for each recipient, no MX look-ups, and UNIX sockets (`unix:path`).
 *
 * SEE ALSO
 *   qmgr(8), transport(5)
 */
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Resolver } from '../../lib/dns/resolver.js';
import type { DeliveryAgent, DeliveryReport, DeliveryRequest } from '../../lib/ipc/delivery.js';
import type { Rewrite } from '../../lib/ipc/conversation/rewrite.js';
import type { Log } from '../../lib/log/log.js';
import { ownAddresses } from '../../lib/map/address-class.js';
import { debugPeers } from '../../lib/map/debug-peers.js';
import { filterReplies } from '../../lib/map/dns-reply-filter.js';
import { domainList } from '../../lib/map/match-list.js';
import type { Clock } from '../../lib/sys/clock.js';
import type { TlsSource } from '../../lib/tls/material.js';
import { Attempt } from './attempt.js';
import { clientSettings } from './client-settings.js';
import type { Connection } from './connection.js';
import { Destinations } from './destination.js';
import { Handshake } from './handshake.js';
import { IdleConnections } from './idle-connections.js';
import { SecurityChooser } from './security.js';
import { type OutgoingRules, outgoingRules } from './outgoing.js';
import { Route, type RouteParts } from './route.js';

export interface SmtpClientParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly dicts: DictOpener;
  readonly tlsSource: TlsSource;
  readonly rewrite: Rewrite;
  readonly lmtp?: boolean;
}

export function createSmtpClient(parts: SmtpClientParts): DeliveryAgent {
  return new SmtpClient(parts);
}

class SmtpClient implements DeliveryAgent {
  readonly #parts: RouteParts;
  readonly #softBounce: boolean;
  readonly #idle: IdleConnections;
  readonly #outgoing: OutgoingRules | undefined;
  /** Connections under way: a stop ends those whose message was not handed over yet. */
  readonly #underWay = new Map<Attempt, Connection>();
  #signal: AbortSignal | undefined;

  constructor(parts: SmtpClientParts) {
    const { settings: all, log, clock, dicts, tlsSource, lmtp = false } = parts;
    const settings = clientSettings(all, lmtp);
    const resolver = filterReplies(
      parts.resolver,
      { name: `${lmtp ? 'lmtp' : 'smtp'}_dns_reply_filter`, tables: settings.dns_reply_filter },
      parts,
    );
    const security = new SecurityChooser({ settings, log, clock, resolver, dicts, tlsSource });
    this.#softBounce = all.soft_bounce;
    this.#outgoing = outgoingRules({ settings, all, dicts, log, rewrite: parts.rewrite });
    this.#idle = new IdleConnections(
      {
        idleMs: settings.connection_cache_time_limit * 1000,
        ageMs: settings.connection_reuse_time_limit * 1000,
        uses: settings.connection_reuse_count_limit,
      },
      clock,
    );
    const kept = domainList(
      settings.connection_cache_destinations,
      dicts,
      'connection_cache_destinations',
      {
        matchSubdomains: false,
      },
    );
    this.#parts = {
      settings,
      log,
      clock,
      destinations: new Destinations(settings, { log, resolver }, ownAddresses(all)),
      handshake: new Handshake(settings, { log, dicts, security }),
      security,
      debugPeers: debugPeers(all, dicts, log),
      idle: this.#idle,
      isAlwaysKept: (nexthop) =>
        kept.match(nexthop.toLowerCase().replace(/^\[?([^\]:]*)\]?.*$/, '$1')),
      watch: (attempt, connection) => {
        if (connection) this.#underWay.set(attempt, connection);
        else this.#underWay.delete(attempt);
      },
    };
  }

  async deliver(request: DeliveryRequest): Promise<DeliveryReport> {
    this.#endAtAbort(request.signal);
    const { log, clock } = this.#parts;
    const attempt = new Attempt({ log, clock, softBounce: this.#softBounce }, request);
    try {
      attempt.outgoing = await this.#outgoing?.apply(request);
      await new Route(this.#parts, attempt).run();
    } catch (error) {
      // Our queue, our tables: nothing was decided for those who are left.
      log.warning(`${request.queueId}: ${(error as Error).stack ?? String(error)}`);
      attempt.isFinalServer = true;
      const text = 'local data error; see the log of the mail system';
      attempt.failed(attempt.left, { dsn: '4.3.0', text, ofSite: false }, undefined);
    } finally {
      this.#underWay.delete(attempt);
    }
    return attempt.report();
  }

  probe(request: DeliveryRequest): Promise<DeliveryReport> {
    return this.deliver(request);
  }

  close(): Promise<void> {
    this.#idle.close();
    return Promise.resolve();
  }

  #endAtAbort(signal: AbortSignal): void {
    if (signal === this.#signal) return;
    this.#signal = signal;
    signal.addEventListener('abort', () => {
      for (const connection of this.#underWay.values()) connection.interrupt();
    });
  }
}
