/**
 * config/dynamic - parameters whose names begin with a transport or service of master.cf.
 *
 * `relay_destination_rate_delay` is the pause of transport `relay`; unset, it is `$default_destination_rate_delay`.
 * `policy_time_limit` bounds a spawn(8) or pipe(8) service. Postfix: postconf_service.c.
 */
import type { MasterService } from './master-cf.js';
import type { Parameter } from './parameter.js';
import { parameters } from './parameters.js';
import type { TransportSuffix } from './settings.js';

const table = parameters as Readonly<Record<string, Parameter<unknown> | undefined>>;

/** What a scheduler setting of one transport falls back to. */
export const transportBases: Readonly<Record<TransportSuffix, string>> = {
  delivery_slot_cost: 'default_delivery_slot_cost',
  delivery_slot_discount: 'default_delivery_slot_discount',
  delivery_slot_loan: 'default_delivery_slot_loan',
  destination_concurrency_failed_cohort_limit:
    'default_destination_concurrency_failed_cohort_limit',
  destination_concurrency_limit: 'default_destination_concurrency_limit',
  destination_concurrency_negative_feedback: 'default_destination_concurrency_negative_feedback',
  destination_concurrency_positive_feedback: 'default_destination_concurrency_positive_feedback',
  destination_rate_delay: 'default_destination_rate_delay',
  destination_recipient_limit: 'default_destination_recipient_limit',
  extra_recipient_limit: 'default_extra_recipient_limit',
  initial_destination_concurrency: 'initial_destination_concurrency',
  minimum_delivery_slots: 'default_minimum_delivery_slots',
  recipient_limit: 'default_recipient_limit',
  recipient_refill_delay: 'default_recipient_refill_delay',
  recipient_refill_limit: 'default_recipient_refill_limit',
  transport_rate_delay: 'default_transport_rate_delay',
};

// Longest first: `x_destination_recipient_limit` is not the `recipient_limit` of `x_destination`.
const suffixes = Object.entries(transportBases).sort(([a], [b]) => b.length - a.length);

/** The parameter that says how a `<transport>_…` or `<service>_time_limit` name is read, and its default. */
export function dynamicParameter(
  name: string,
):
  | { readonly owner: string; readonly parameter: Parameter<unknown>; readonly base: string }
  | undefined {
  for (const [suffix, base] of suffixes) {
    if (!name.endsWith(`_${suffix}`)) continue;
    const owner = name.slice(0, -suffix.length - 1);
    const parameter = table[base];
    return parameter && owner !== 'default' ? { owner, parameter, base } : undefined;
  }
  const limit = /^(.+)_time_limit$/.exec(name);
  const parameter = table['command_time_limit'];
  return limit && parameter
    ? { owner: limit[1] ?? '', parameter, base: 'command_time_limit' }
    : undefined;
}

const agents = new Set(['error', 'lmtp', 'local', 'pipe', 'smtp', 'virtual']);
const timed = new Set(['pipe', 'spawn']);

/** Whether the name is a setting of one of these services. */
export function isServiceParameter(name: string, services: readonly MasterService[]): boolean {
  const dynamic = dynamicParameter(name);
  if (!dynamic) return false;
  const programs = dynamic.base === 'command_time_limit' ? timed : agents;
  return services.some(
    (service) =>
      service.type !== 'inet' && service.name === dynamic.owner && programs.has(service.command),
  );
}

/** Every setting that these services bring, with its default: `[smtp_recipient_limit, $default_recipient_limit]`. */
export function serviceParameters(services: readonly MasterService[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, type, command } of services) {
    if (type === 'inet') continue;
    if (agents.has(command))
      for (const [suffix, base] of suffixes)
        if (!table[`${name}_${suffix}`]) found.set(`${name}_${suffix}`, `$${base}`);
    if (timed.has(command)) found.set(`${name}_time_limit`, '$command_time_limit');
  }
  return found;
}
