/**
 * agent/outcome - logs what became of recipients, the same way for all delivery agents.
 *
 * Postfix: log_adhoc.c, sent.c; the line is read by pflogsumm, so its shape is fixed.
 */
import type { Delivery, DeliveryRecipient, DeliveryRequest } from '../ipc/delivery.js';
import { type Log, plainStyle } from '../log/log.js';

/**
 * Seconds with at most two digits that mean something, and at most `limit` behind the point: `0`, `0.02`, `1.3`, `12`.
 * Postfix: format_tv.c.
 */
export function formatDelay(ms: number, limit = plainStyle.delayDigits): string {
  const seconds = Math.max(0, ms) / 1000;
  const wanted =
    seconds >= 10 ? 0 : seconds >= 1 ? 1 : seconds >= 0.1 ? 2 : seconds >= 0.01 ? 3 : 4;
  const scale = 10 ** Math.min(limit, wanted);
  return String(Math.round(seconds * scale) / scale);
}

/** `delay=D, delays=a/b/c/d`. `connected` is when connection set-up ended (ms since 1970), if there was one. */
export function formatDelays(
  times: DeliveryRequest['times'],
  connected: number | undefined,
  end: number,
  limit = plainStyle.delayDigits,
): string {
  const setup = connected ?? times.agent;
  const parts = [
    times.active - times.arrival,
    times.agent - times.active,
    setup - times.agent,
    end - setup,
  ].map((ms) => formatDelay(ms, limit));
  return `delay=${formatDelay(end - times.arrival, limit)}, delays=${parts.join('/')}`;
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
  const { address, delayDigits } = log.style ?? plainStyle;
  const original =
    recipient.original !== '' &&
    recipient.original.toLowerCase() !== recipient.address.toLowerCase()
      ? ` orig_to=<${address(recipient.original)}>,`
      : '';
  const use =
    connection?.use !== undefined && connection.use > 1 ? ` conn_use=${connection.use},` : '';
  const isSoft = request.softBounce === true && delivery.action === 'bounced';
  const dsn = isSoft ? softened(delivery).dsn : delivery.dsn;
  const status = request.probe ? probeStatus(delivery) : isSoft ? 'SOFTBOUNCE' : delivery.action;
  const delays = formatDelays(request.times, connection?.connected, delivery.time, delayDigits);
  log.info(
    `${request.queueId}: to=<${address(recipient.address)}>,${original} relay=${delivery.relay},${use} ${delays}, ` +
      `dsn=${dsn}, status=${status} (${delivery.text})`,
  );
}
