/**
 * agent/outcome - logs what became of recipients, the same way for all delivery agents.
 *
 * Postfix: log_adhoc.c, sent.c; the line is read by pflogsumm, so its shape is fixed.
 */
import type { Delivery, DeliveryRecipient, DeliveryRequest } from '../ipc/delivery.js';
import type { Log } from '../log/log.js';
import { quoteAddress } from '../protocol/address/quote.js';

/** Seconds with at most two digits that mean something: `0`, `0.02`, `1.3`, `12`. */
export function formatDelay(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds >= 10) return String(Math.round(seconds));
  return String(seconds >= 1 ? Math.round(seconds * 10) / 10 : Math.round(seconds * 100) / 100);
}

/** `delay=D, delays=a/b/c/d`. `connected` is when connection set-up ended (ms since 1970), if there was one. */
export function formatDelays(
  times: DeliveryRequest['times'],
  connected: number | undefined,
  end: number,
): string {
  const setup = connected ?? times.agent;
  const parts = [
    times.active - times.arrival,
    times.agent - times.active,
    setup - times.agent,
    end - setup,
  ].map(formatDelay);
  return `delay=${formatDelay(end - times.arrival)}, delays=${parts.join('/')}`;
}

/** soft_bounce: what would go back to the sender stays. */
export function softened<T extends Omit<Delivery, 'parts'>>(delivery: T): T {
  if (delivery.action !== 'bounced') return delivery;
  return { ...delivery, action: 'deferred', dsn: delivery.dsn.replace(/^5/, '4') };
}

function probeStatus({ action }: Delivery): string {
  return action === 'sent' ? 'deliverable' : 'undeliverable';
}

/** Writes the line of one recipient. `connectionUse` above 1 is shown as conn_use=. */
export function logDelivery(
  log: Log,
  request: Pick<DeliveryRequest, 'queueId' | 'times' | 'softBounce' | 'probe'>,
  recipient: Pick<DeliveryRecipient, 'address' | 'original'>,
  delivery: Delivery,
  connection?: { readonly connected?: number; readonly use?: number },
): void {
  const original =
    recipient.original !== '' &&
    recipient.original.toLowerCase() !== recipient.address.toLowerCase()
      ? ` orig_to=<${quoteAddress(recipient.original)}>,`
      : '';
  const use =
    connection?.use !== undefined && connection.use > 1 ? ` conn_use=${connection.use},` : '';
  const isSoft = request.softBounce === true && delivery.action === 'bounced';
  const dsn = isSoft ? softened(delivery).dsn : delivery.dsn;
  const status = request.probe ? probeStatus(delivery) : isSoft ? 'SOFTBOUNCE' : delivery.action;
  const delays = formatDelays(request.times, connection?.connected, delivery.time);
  log.info(
    `${request.queueId}: to=<${quoteAddress(recipient.address)}>,${original} relay=${delivery.relay},${use} ${delays}, ` +
      `dsn=${dsn}, status=${status} (${delivery.text})`,
  );
}
