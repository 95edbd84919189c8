/** config/warnings - settings that are accepted but will not do what they seem to: said at start, each once. */
import { own } from '../util/own.js';
import { parameters } from './parameters.js';
import { orderOfLevels } from './compare.js';
import { isDatabaseName } from './database-names.js';
import { deprecationWarning } from './deprecated.js';
import { isServiceParameter } from './dynamic.js';
import type { MasterService } from './master-cf.js';
import { nearest } from './nearest.js';
import type { Parameter } from './parameter.js';
import type { Settings } from './settings.js';
import type { RawValue } from './values.js';

const table = parameters as Readonly<Record<string, Parameter<unknown> | undefined>>;

export interface UnusedParameter {
  readonly name: string;
  readonly value: string;
  readonly origin: string;
}

type Given = ReadonlyMap<string, RawValue>;

/** Names in main.cf that are no parameters, and that nothing refers to. */
export function unusedParameters(
  given: Given,
  services: readonly MasterService[],
): UnusedParameter[] {
  return unusedNames(given, services, referencedNames(given, services));
}

/** Names in -o of one service that are no parameters, and that nothing of main.cf or of this service refers to. */
export function unusedOverrides(
  service: MasterService,
  given: Given,
  services: readonly MasterService[],
): UnusedParameter[] {
  const own = overrideValues(service);
  return unusedNames(own, services, referencedNames(given, [service]));
}

/** The -o settings of a service as values with their origin. */
export function overrideValues(service: MasterService): Map<string, RawValue> {
  const origin = `${service.origin}: -o`;
  return new Map([...service.overrides].map(([name, value]) => [name, { value, origin }]));
}

function unusedNames(
  given: Given,
  services: readonly MasterService[],
  referenced: ReadonlySet<string>,
): UnusedParameter[] {
  const values = [...given.values()].map(({ value }) => value);
  return [...given]
    .filter(
      ([name]) =>
        !own(table, name) &&
        !referenced.has(name) &&
        !isServiceParameter(name, services) &&
        !isDatabaseName(name, values),
    )
    .map(([name, { value, origin }]) => ({ name, value, origin }));
}

/** What master says at start. */
export function settingWarnings(
  settings: Settings,
  given: Given,
  services: readonly MasterService[],
): string[] {
  const sets: { readonly values: Given; readonly unused: readonly UnusedParameter[] }[] = [
    { values: given, unused: unusedParameters(given, services) },
    ...services
      .filter(({ overrides }) => overrides.size > 0)
      .map((service) => ({
        values: overrideValues(service),
        unused: unusedOverrides(service, given, services),
      })),
  ];
  return [
    ...sets.flatMap(({ unused }) => unused.map(unusedWarning)),
    ...sets.flatMap(({ values }) => [...values].flatMap(effectWarning)),
    ...levelWarning(settings),
    ...wrapperWarning(given),
  ];
}

function unusedWarning({ name, value, origin }: UnusedParameter): string {
  const near = nearest(name, Object.keys(table));
  return `${origin}: unused parameter: ${name}=${value}${near === undefined ? '' : `; did you mean ${near}?`}`;
}

function effectWarning([name, { value, origin }]: [string, RawValue]): string[] {
  const warnings: string[] = [];
  const old = deprecationWarning(name);
  if (old !== undefined) warnings.push(`${origin}: ${old}`);
  const parameter = own(table, name);
  // What says the same as the default needs no warning: many a main.cf spells out defaults.
  if (!parameter || parameter.default === value) return warnings;
  if (parameter.status.is === 'no-effect')
    warnings.push(`${origin}: ${name} has no effect: ${parameter.status.reason}`);
  if (parameter.status.is === 'not-yet')
    warnings.push(`${origin}: ${name} is not built yet: it has no effect`);
  return warnings;
}

/** The setting that stops plain clients on every port: it belongs to one line of master.cf. */
function wrapperWarning(given: Given): string[] {
  const setting = given.get('smtpd_tls_wrappermode');
  if (setting?.value.toLowerCase() !== 'yes') return [];
  return [
    `${setting.origin}: smtpd_tls_wrappermode = yes: every smtpd service waits for TLS before it says a word, so that plain clients on port 25, content filters and re-entry ports wait in vain; remove the line, and write "-o smtpd_tls_wrappermode=yes" below the smtps line of master.cf`,
  ];
}

function levelWarning(settings: Settings): string[] {
  const { compatibility_level: level, mail_version: version } = settings;
  return orderOfLevels(level, version) > 0
    ? [`compatibility_level = ${level} is newer than what is built here, ${version}`]
    : [];
}

/** Names that Postfix no longer has, but that defaults of new ones still look at: `virtual_maps`. */
const referencedByDefaults = new Set(
  Object.values(parameters as Readonly<Record<string, Parameter<unknown>>>).flatMap((parameter) =>
    namesIn(parameter.default),
  ),
);

/** Names that stand behind a `$` somewhere, and restriction classes: user-defined parameters that are in use. */
function referencedNames(given: Given, services: readonly MasterService[]): Set<string> {
  const texts = [
    ...[...given.values()].map(({ value }) => value),
    ...services.flatMap(({ fields }) => fields),
  ];
  const classes = [
    given.get('smtpd_restriction_classes')?.value ?? '',
    ...services.map(({ overrides }) => overrides.get('smtpd_restriction_classes') ?? ''),
  ];
  return new Set([
    ...referencedByDefaults,
    ...classes.flatMap((list) => list.split(/[\s,]+/)),
    ...texts.flatMap(namesIn),
  ]);
}

function namesIn(text: string): string[] {
  if (!text.includes('$')) return [];
  return [...text.matchAll(/\$[{(]?\s*([A-Za-z0-9_]+)/g)].map((match) => match[1] ?? '');
}
