/** config/warnings - settings that are accepted but will not do what they seem to: said at start, each once. */
import { parameters } from './parameters.js';
import type { MasterService } from './master-cf.js';
import type { Parameter } from './parameter.js';
import type { RawValue } from './values.js';

const table = parameters as Readonly<Record<string, Parameter<unknown>>>;

export interface UnusedParameter {
  readonly name: string;
  readonly value: string;
  readonly origin: string;
}

/** Names in main.cf that are no parameters, and that nothing refers to. */
export function unusedParameters(
  given: ReadonlyMap<string, RawValue>,
  services: readonly MasterService[],
): UnusedParameter[] {
  const referenced = referencedNames(given, services);
  return [...given]
    .filter(([name]) => !table[name] && !referenced.has(name) && !isTransportName(name, services))
    .map(([name, { value, origin }]) => ({ name, value, origin }));
}

export function settingWarnings(
  given: ReadonlyMap<string, RawValue>,
  services: readonly MasterService[],
): string[] {
  const unused = unusedParameters(given, services).map(({ name, value, origin }) => {
    const near = nearest(name);
    return `${origin}: unused parameter: ${name}=${value}${near === undefined ? '' : `; did you mean ${near}?`}`;
  });
  const effect = [...given].flatMap(([name, { origin }]) => {
    const status = table[name]?.status;
    if (status?.is === 'no-effect') return [`${origin}: ${name} has no effect: ${status.reason}`];
    return status?.is === 'not-yet'
      ? [`${origin}: ${name} is not built yet: it has no effect`]
      : [];
  });
  return [...unused, ...effect];
}

/** Names that stand behind a `$` somewhere, and restriction classes: user-defined parameters that are in use. */
function referencedNames(
  given: ReadonlyMap<string, RawValue>,
  services: readonly MasterService[],
): Set<string> {
  const texts = [
    ...[...given.values()].map(({ value }) => value),
    ...services.flatMap(({ fields }) => fields),
  ];
  const classes = given.get('smtpd_restriction_classes')?.value ?? '';
  const names = new Set<string>(classes.split(/[\s,]+/));
  for (const text of texts)
    for (const match of text.matchAll(/\$[{(]?([A-Za-z0-9_]+)/g)) names.add(match[1] ?? '');
  return names;
}

/** `<transport>_destination_rate_delay` and the like, for transports of master.cf. */
function isTransportName(name: string, services: readonly MasterService[]): boolean {
  return services.some(
    (service) =>
      service.type !== 'inet' &&
      name.startsWith(`${service.name}_`) &&
      (`default_${name.slice(service.name.length + 1)}` in table ||
        name.slice(service.name.length + 1) in table),
  );
}

function nearest(name: string): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 5)) + 1;
  for (const candidate of Object.keys(table)) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name, candidate, bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(left: string, right: string, limit: number): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const substitution =
        (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(
        Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1),
      );
    }
    if (Math.min(...current) > limit) return limit + 1;
    previous = current;
  }
  return previous[right.length] ?? limit + 1;
}
