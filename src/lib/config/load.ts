/**
 * config/load - reads main.cf and master.cf of a directory.
 *
 * What is wrong stops here with file and line; what is only odd becomes a warning.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FatalError } from '../util/fatal-error.js';
import { sysexits } from '../util/sysexits.js';
import { parseMainCf } from './main-cf.js';
import { type MasterService, parseMasterCf } from './master-cf.js';
import type { Settings } from './settings.js';
import { checkValues, createSettings, type RawValue } from './values.js';
import { settingWarnings } from './warnings.js';

export interface Configuration {
  readonly directory: string;
  readonly settings: Settings;
  readonly services: readonly MasterService[];
  readonly warnings: readonly string[];
  /** main.cf with the -o of this line. */
  settingsFor(service: MasterService): Settings;
}

/** @throws {FatalError} unreadable, bad syntax, bad values */
export function loadConfiguration(directory: string): Configuration {
  const { settings, given } = loadMainCf(directory);
  const services = parseMasterCf(
    readText(directory, 'master.cf'),
    path.join(directory, 'master.cf'),
  );
  const context = { config_directory: directory };
  const settingsFor = (service: MasterService): Settings =>
    service.overrides.size === 0
      ? settings
      : createSettings([overrideValues(service), given], {
          ...context,
          service_name: service.name,
        });
  const problems = [
    ...checkValues(settings, given.keys()),
    ...services.flatMap((service) => checkValues(settingsFor(service), service.overrides.keys())),
  ];
  if (problems.length > 0) throw new FatalError(problems.join('\n'), sysexits.config);
  return {
    directory,
    settings,
    services,
    settingsFor,
    warnings: settingWarnings(given, services),
  };
}

/** main.cf alone, for commands that need no services. @throws {FatalError} */
export function loadMainCf(directory: string): {
  settings: Settings;
  given: ReadonlyMap<string, RawValue>;
} {
  const file = path.join(directory, 'main.cf');
  const given = new Map<string, RawValue>();
  for (const { name, value, line } of parseMainCf(readText(directory, 'main.cf'), file)) {
    given.set(name, { value, origin: `${file} line ${line}` });
  }
  return { settings: createSettings([given], { config_directory: directory }), given };
}

function overrideValues(service: MasterService): ReadonlyMap<string, RawValue> {
  return new Map(
    [...service.overrides].map(([name, value]) => [
      name,
      { value, origin: `${service.origin}: -o` },
    ]),
  );
}

function readText(directory: string, name: string): string {
  const file = path.join(directory, name);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const problem =
      code === 'ENOENT'
        ? 'No such file or directory; name the folder of main.cf with -c, or MAIL_CONFIG'
        : (error as Error).message;
    throw new FatalError(`open ${file}: ${problem}`, sysexits.config, { cause: error });
  }
}
