/**
 * config/settings - the settings of one service: every parameter by name, typed.
 *
 * `settings.smtpd_timeout` is a number of seconds, `settings.mydestination` the expanded text of a list.
 * Values come from -o of master.cf, main.cf, or the declared default, in this order; they are computed
 * when first read and kept. Implementation: config/load.
 */
import type { Parameter } from './parameter.js';
import type { Parameters } from './parameters.js';

export type ParameterValues = {
  readonly [Name in keyof Parameters]: Parameters[Name] extends Parameter<infer Value>
    ? Value
    : never;
};

export interface SettingsSource {
  /** Where a value was set: `main.cf line 12`; undefined for a default. */
  origin(name: string): string | undefined;
  /** Unexpanded text of any parameter, declared or user-defined; undefined: unknown. */
  raw(name: string): string | undefined;
  /** Throws what is wrong with a value: FatalError with origin and remedy. */
  check(name: string): void;
  /** Expands `$name` in a text with these settings. */
  expand(text: string): string;
  /** `<transport>_name` with fallback to the `default_`/base parameter named by `base`. */
  forTransport(transport: string, suffix: TransportSuffix): number;
  /** Seconds that a command of a pipe(8) or spawn(8) service may take: `<service>_time_limit`. */
  timeLimit(service: string): number;
}

export type TransportSuffix =
  | 'destination_concurrency_limit'
  | 'destination_recipient_limit'
  | 'initial_destination_concurrency'
  | 'destination_concurrency_failed_cohort_limit'
  | 'destination_concurrency_negative_feedback'
  | 'destination_concurrency_positive_feedback'
  | 'destination_rate_delay'
  | 'transport_rate_delay'
  | 'delivery_slot_cost'
  | 'delivery_slot_loan'
  | 'delivery_slot_discount'
  | 'minimum_delivery_slots'
  | 'recipient_limit'
  | 'extra_recipient_limit'
  | 'recipient_refill_limit'
  | 'recipient_refill_delay';

export type Settings = ParameterValues & { readonly source: SettingsSource };

/** Any name as main.cf has it, expanded; undefined: not set. */
export function mainCfText(source: SettingsSource): (name: string) => string | undefined {
  return (name) => {
    const raw = source.raw(name);
    return raw === undefined ? undefined : source.expand(raw);
  };
}
