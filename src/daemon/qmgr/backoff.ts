/** qmgr/backoff - when a deferred message is tried again, and when it is given up; pure. PARITY: qmgr(8). */
import type { Settings } from '../../lib/config/settings.js';

type BackoffSettings = Pick<
  Settings,
  | 'minimal_backoff_time'
  | 'maximal_backoff_time'
  | 'maximal_queue_lifetime'
  | 'bounce_queue_lifetime'
>;

/** Time of the next attempt, ms: as long again as the message has waited, within the bounds. */
export function nextAttempt(arrival: number, now: number, settings: BackoffSettings): number {
  const wait = Math.max(0, now - arrival);
  const bounded = Math.min(
    settings.maximal_backoff_time * 1000,
    Math.max(settings.minimal_backoff_time * 1000, wait),
  );
  return now + bounded;
}

export function isExpired(
  arrival: number,
  now: number,
  sender: string,
  settings: BackoffSettings,
): boolean {
  const { maximal_queue_lifetime, bounce_queue_lifetime } = settings;
  // Postfix takes the smaller one too, and warns when it starts.
  const lifetime =
    sender === ''
      ? Math.min(bounce_queue_lifetime, maximal_queue_lifetime)
      : maximal_queue_lifetime;
  return now - arrival >= lifetime * 1000;
}
