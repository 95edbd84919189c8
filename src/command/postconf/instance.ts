/** postconf/instance - main.cf and master.cf of one directory, and what is odd in them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { deprecationWarning } from '../../lib/config/deprecated.js';
import { loadMainCf } from '../../lib/config/load.js';
import { type MasterService, parseMasterCf } from '../../lib/config/master-cf.js';
import { parameters } from '../../lib/config/parameters.js';
import type { Settings } from '../../lib/config/settings.js';
import { createSettings, type RawValue } from '../../lib/config/values.js';
import { overrideValues, unusedOverrides, unusedParameters } from '../../lib/config/warnings.js';
import { FatalError } from '../../lib/util/fatal-error.js';

export type Given = ReadonlyMap<string, RawValue>;
export type Warn = (text: string) => void;

export interface Instance {
  /** As it was given: it stands in warnings. */
  readonly directory: string;
  /** By -c or MAIL_CONFIG: config_directory then counts as set. */
  readonly isDirectoryGiven: boolean;
  /** main.cf under the -o of the command line. */
  readonly given: Given;
  readonly settings: Settings;
  readonly services: readonly MasterService[];
  readonly settingsFor: (service: MasterService) => Settings;
}

/** @throws {FatalError} unreadable main.cf, bad syntax */
export function openInstance(
  { directory, isDirectoryGiven }: Pick<Instance, 'directory' | 'isDirectoryGiven'>,
  overrides: Given,
  defaultsOnly: boolean,
  warn: Warn,
): Instance {
  const main = defaultsOnly ? undefined : loadMainCf(directory);
  for (const warning of main?.warnings ?? []) warn(warning);
  const given = new Map(main?.given ?? []);
  for (const [name, value] of overrides)
    if (name in parameters || given.has(name)) given.set(name, value);
  const context = defaultsOnly ? {} : { config_directory: directory };
  return {
    directory,
    isDirectoryGiven,
    given,
    settings: createSettings([overrides, given], context),
    services: readServices(directory, warn),
    settingsFor: (service) =>
      createSettings([overrideValues(service), overrides, given], {
        ...context,
        service_name: service.name,
      }),
  };
}

/** A missing master.cf is only a warning. @throws {FatalError} bad syntax */
export function readServices(directory: string, warn: Warn): readonly MasterService[] {
  const file = path.join(directory, 'master.cf');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    warn(`open ${file}: ${missing ? 'No such file or directory' : (error as Error).message}`);
    return [];
  }
  return parseMasterCf(text, file, warn);
}

/**
 * Values that cannot be expanded, and names that nothing sets.
 *
 * @throws {FatalError} the first value that cannot be expanded
 */
export function checkMacros(
  { directory, given, settings, services, settingsFor }: Instance,
  warn: Warn,
): void {
  const unused = new Set(unusedParameters(given, services).map(({ name }) => name));
  const check = (values: Given, scope: Settings, file: string): void => {
    for (const [name, { value }] of values) {
      try {
        scope.source.expand(value);
        for (const name of undefinedNames(value, scope))
          warn(`${path.join(directory, file)}: undefined parameter: ${name}`);
      } catch (error) {
        warn((error as Error).message);
        // What nothing uses is never expanded.
        if (values === given && unused.has(name)) continue;
        throw new FatalError('macro processing error', 1, { cause: error });
      }
    }
  };
  const level = settings.source.raw('compatibility_level') ?? '';
  check(
    new Map([['level', { value: `\${{${level}} <level {1}}`, origin: '' }]]),
    settings,
    'main.cf',
  );
  check(given, settings, 'main.cf');
  for (const service of services)
    if (service.overrides.size > 0)
      check(overrideValues(service), settingsFor(service), 'master.cf');
}

function undefinedNames(text: string, settings: Settings): string[] {
  return [...text.replaceAll('$$', '').matchAll(/\$[{(]?\s*([A-Za-z0-9_]+)/g)]
    .map((match) => match[1] ?? '')
    .filter(
      (name) =>
        !['service_name', 'domain_to_ascii'].includes(name) &&
        settings.source.raw(name) === undefined,
    );
}

/** Names that nothing uses, and old names. */
export function warnOfNames({ directory, given, services }: Instance, warn: Warn): void {
  const main = path.join(directory, 'main.cf');
  const master = path.join(directory, 'master.cf');
  for (const { name, value } of unusedParameters(given, services))
    warn(`${main}: unused parameter: ${name}=${value}`);
  for (const service of services)
    for (const { name, value } of unusedOverrides(service, given, services))
      warn(`${master}: unused parameter: ${name}=${value}`);
  warnOfOldNames(main, given.keys(), warn);
  for (const { overrides } of services) warnOfOldNames(master, overrides.keys(), warn);
}

function warnOfOldNames(file: string, names: Iterable<string>, warn: Warn): void {
  for (const name of names) {
    const old = deprecationWarning(name);
    if (old !== undefined) warn(`${file}: ${old}`);
  }
}
