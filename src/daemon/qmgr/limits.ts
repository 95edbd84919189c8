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
    limit: source.forTransport(transport, 'destination_concurrency_limit'),
    cohortLimit: source.forTransport(transport, 'destination_concurrency_failed_cohort_limit'),
    positive: parseFeedback(settings.default_destination_concurrency_positive_feedback),
    negative: parseFeedback(settings.default_destination_concurrency_negative_feedback),
    rateDelayMs: source.forTransport(transport, 'destination_rate_delay') * 1000,
    processLimit: processLimit?.(transport) ?? 0,
  };
}
