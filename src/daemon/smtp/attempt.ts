/**
 * smtp/attempt - the recipients of one request on their way through one or more servers.
 *
 * Invariant: a recipient leaves `left` with exactly one outcome, logged when it is known. What may pass keeps a
 * recipient in `left` as long as there is another server to try. Postfix: smtp_trouble.c, smtp_rcpt.c.
 */
import { logDelivery } from '../../lib/agent/outcome.js';
import type {
  Delivery,
  DeliveryRecipient,
  DeliveryReport,
  DeliveryRequest,
} from '../../lib/ipc/delivery.js';
import type { Log } from '../../lib/log/log.js';
import type { ServerReply } from '../../lib/protocol/smtp/client.js';
import type { Clock } from '../../lib/sys/clock.js';
import type { Connection } from './connection.js';
import type { Outgoing } from './outgoing.js';
import { isSoft, type Why } from './trouble.js';

export interface AttemptParts {
  readonly log: Log;
  readonly clock: Clock;
  /** soft_bounce: everything may pass. */
  readonly softBounce: boolean;
}

export class Attempt {
  readonly request: DeliveryRequest;
  readonly #parts: AttemptParts;
  readonly #results = new Map<number, Delivery>();
  #left: readonly DeliveryRecipient[];
  #siteFailure: DeliveryReport['siteFailure'];
  /** Where addresses or content leave otherwise than they are in the queue. */
  outgoing: Outgoing | undefined;
  /** The last trouble. */
  why: Why | undefined;
  /** No other server will be tried: trouble is now an outcome. */
  isFinalServer = false;
  /** When MAIL could be sent, ms since 1970; undefined while the connection is set up. */
  setUp: number | undefined;
  /** A server talked with us to the end: the site is well, whatever its neighbours do. */
  siteIsWell = false;

  constructor(parts: AttemptParts, request: DeliveryRequest) {
    this.#parts = parts;
    this.request = request;
    this.#left = request.recipients;
  }

  get left(): readonly DeliveryRecipient[] {
    return this.#left;
  }

  get isDone(): boolean {
    return this.#left.length === 0;
  }

  report(): DeliveryReport {
    return {
      results: this.#results,
      ...(this.#siteFailure ? { siteFailure: this.#siteFailure } : {}),
    };
  }

  sent(recipient: DeliveryRecipient, reply: ServerReply, connection: Connection): void {
    this.#settle([recipient], connection, {
      action: 'sent',
      dsn: reply.dsn,
      text: reply.text,
      diagnosticType: 'smtp',
      diagnostic: reply.text,
      dsnAction: 'relayed',
      // RFC 3461 section 5.2.2: a server that offers DSN reports success itself.
      ...(connection.has('DSN') ? { successReportedBy: 'next-hop' as const } : {}),
    });
  }

  /** The same trouble for all of these recipients. `connection` undefined: no server was reached. */
  failed(
    recipients: readonly DeliveryRecipient[],
    why: Why,
    connection: Connection | undefined,
  ): void {
    this.why = why;
    if (recipients.length === 0) return;
    const soft = isSoft(why);
    if ((soft || this.#parts.softBounce) && !this.isFinalServer) {
      this.#parts.log.info(`${this.request.queueId}: ${why.text}`);
      return;
    }
    if (soft && why.ofSite && !this.siteIsWell)
      this.#siteFailure ??= { dsn: why.dsn, text: why.text };
    this.#settle(recipients, connection, {
      action: soft ? 'deferred' : 'bounced',
      dsn: why.dsn,
      text: why.text,
      ...(why.diagnostic === undefined
        ? {}
        : { diagnosticType: 'smtp' as const, diagnostic: why.diagnostic }),
    });
  }

  #settle(
    recipients: readonly DeliveryRecipient[],
    connection: Connection | undefined,
    outcome: Omit<Delivery, 'time' | 'relay'>,
  ): void {
    const { clock, log } = this.#parts;
    const delivery: Delivery = {
      ...outcome,
      relay: connection?.relay ?? 'none',
      time: clock.now(),
      ...(connection && outcome.diagnosticType ? { remoteMta: connection.server.host } : {}),
    };
    for (const recipient of recipients) {
      logDelivery(log, this.request, recipient, delivery, {
        connected: this.setUp ?? delivery.time,
        ...(connection ? { use: connection.uses } : {}),
      });
      this.#results.set(recipient.index, delivery);
    }
    this.#left = this.#left.filter(({ index }) => !this.#results.has(index));
  }
}
