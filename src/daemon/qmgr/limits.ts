/** qmgr/limits - the scheduler's limits of a transport, from `<transport>_…` and `default_…` parameters. */
import { parseFeedback } from './feedback.js';
import type { QueueManagerParts } from './parts.js';
import type { TransportLimits } from './scheduler.js';

export function transportLimits(
  { settings, processLimit }: QueueManagerParts,
  transport: string,
): TransportLimits {
  const { source } = settings;
  return {
    initial: Math.max(1, source.forTransport(transport, 'initial_destination_concurrency')),
    limit: concurrencyLimit(settings, transport),
    cohortLimit: source.forTransport(transport, 'destination_concurrency_failed_cohort_limit'),
    positive: parseFeedback(settings.default_destination_concurrency_positive_feedback),
    negative: parseFeedback(settings.default_destination_concurrency_negative_feedback),
    rateDelayMs: source.forTransport(transport, 'destination_rate_delay') * 1000,
    transportDelayMs: source.forTransport(transport, 'transport_rate_delay') * 1000,
    processLimit: processLimit?.(transport) ?? 0,
  };
}

/**
 * local_destination_concurrency_limit is 2 by default so that one user's mail does not start many processes. A Maildir
 * delivery starts none: local(8) itself holds commands and mbox files of one user to the limit, and unless it was set,
 * the window of a user is that of any destination.
 */
function concurrencyLimit(settings: QueueManagerParts['settings'], transport: string): number {
  const { source } = settings;
  const name = `${transport}_destination_concurrency_limit`;
  if (transport === 'local' && source.origin(name) === undefined)
    return settings.default_destination_concurrency_limit;
  return source.forTransport(transport, 'destination_concurrency_limit');
}
