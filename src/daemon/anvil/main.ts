/**
 * NAME
 *   anvil - counts connections and requests per client, for smtpd's limits
 *
 * DESCRIPTION
 *   Keeps, for each service and client address, what is open and what came within anvil_rate_time_unit. The largest
 *   counts are logged now and then. The table is bounded: clients without open connections are forgotten first.
 *
 * SEE ALSO
 *   smtpd(8), TUNING_README of Postfix
 */
import type { Settings } from '../../lib/config/settings.js';
import type { Anvil } from '../../lib/ipc/conversation/anvil.js';
import type { Log } from '../../lib/log/log.js';
import type { Clock } from '../../lib/sys/clock.js';

export interface AnvilParts {
  readonly settings: Pick<Settings, 'anvil_rate_time_unit' | 'anvil_status_update_time'>;
  readonly log: Log;
  readonly clock: Clock;
}

type Counter = 'connection' | 'message' | 'recipient' | 'auth' | 'authFailure' | 'newTls';

interface Client {
  open: number;
  windowStart: number;
  readonly rates: Record<Counter, number>;
}

const maxClients = 100_000;

interface Peak {
  count: number;
  who: string;
  at: number;
}

export function createAnvil({ settings, log, clock }: AnvilParts): Anvil & { stop(): void } {
  const clients = new Map<string, Client>();
  const windowMs = settings.anvil_rate_time_unit * 1000;
  let peaks: Partial<Record<'rate' | 'count', Peak>> = {};

  const client = (service: string, address: string): Client => {
    const key = `${service}:${address}`;
    const now = clock.now();
    let found = clients.get(key);
    if (!found) {
      if (clients.size >= maxClients) forgetIdle(clients);
      found = {
        open: 0,
        windowStart: now,
        rates: { connection: 0, message: 0, recipient: 0, auth: 0, authFailure: 0, newTls: 0 },
      };
      clients.set(key, found);
    } else if (now - found.windowStart >= windowMs) {
      found.windowStart = now;
      found.rates.connection =
        found.rates.message =
        found.rates.recipient =
        found.rates.auth =
        found.rates.authFailure =
        found.rates.newTls =
          0;
    }
    return found;
  };

  const count =
    (counter: Counter) =>
    (service: string, address: string): number =>
      (client(service, address).rates[counter] += 1);

  const note = (kind: 'rate' | 'count', value: number, who: string): void => {
    const known = peaks[kind];
    if (!known || value > known.count) peaks[kind] = { count: value, who, at: clock.now() };
  };

  const report = (): void => {
    const { rate, count: most } = peaks;
    const unit = settings.anvil_rate_time_unit;
    const when = (time: number): string => new Date(time).toString().slice(4, 24);
    if (rate)
      log.info(
        `statistics: max connection rate ${rate.count}/${unit}s for (${rate.who}) at ${when(rate.at)}`,
      );
    if (most)
      log.info(
        `statistics: max connection count ${most.count} for (${most.who}) at ${when(most.at)}`,
      );
    if (rate) log.info(`statistics: max cache size ${clients.size} at ${when(clock.now())}`);
    peaks = {};
    for (const [key, { open, windowStart }] of clients) {
      if (open === 0 && clock.now() - windowStart >= windowMs) clients.delete(key);
    }
    timer = clock.after(settings.anvil_status_update_time * 1000, report, false);
  };
  let timer = clock.after(settings.anvil_status_update_time * 1000, report, false);

  return {
    connect(service, address) {
      const found = client(service, address);
      found.open += 1;
      found.rates.connection += 1;
      note('rate', found.rates.connection, `${service}:${address}`);
      note('count', found.open, `${service}:${address}`);
      return { connections: found.open, connectionRate: found.rates.connection };
    },
    disconnect(service, address) {
      const found = client(service, address);
      found.open = Math.max(0, found.open - 1);
    },
    message: count('message'),
    recipient: count('recipient'),
    auth: count('auth'),
    authFailure: (service, address, more) => (client(service, address).rates.authFailure += more),
    newTlsSession: count('newTls'),
    tlsSessionRate: (service, address) => client(service, address).rates.newTls,
    stop: () => timer.cancel(),
  };
}

function forgetIdle(clients: Map<string, Client>): void {
  for (const [key, { open }] of clients) {
    if (open === 0) clients.delete(key);
    if (clients.size < maxClients / 2) return;
  }
}
