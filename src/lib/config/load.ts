/**
 * config/load - reads main.cf and master.cf of a directory.
 *
 * What is wrong stops here with file and line; what is only odd becomes a warning.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FatalError } from '../util/fatal-error.js';
import { splitList } from '../util/list.js';
import { parseNetwork } from '../util/net-address.js';
import { sysexits } from '../util/sysexits.js';
import { parseMainCf } from './main-cf.js';
import { type MasterService, parseMasterCf } from './master-cf.js';
import { programProblems, programWarnings } from './programs.js';
import type { Settings } from './settings.js';
import { checkValues, createSettings, type RawValue } from './values.js';
import { overrideValues, settingWarnings } from './warnings.js';

/** The texts of both files, as they were read. */
export interface ConfigurationSources {
  readonly main: string;
  readonly master: string;
}

export interface Configuration {
  readonly directory: string;
  /** What it was made of: a worker that starts later gets the same, whatever is in the files by then. */
  readonly sources: ConfigurationSources;
  readonly settings: Settings;
  readonly services: readonly MasterService[];
  readonly warnings: readonly string[];
  /** main.cf with the -o of this line. */
  settingsFor(service: MasterService): Settings;
}

/** @param known texts that are not read again @throws {FatalError} unreadable, bad syntax, bad values */
export function loadConfiguration(directory: string, known?: ConfigurationSources): Configuration {
  const sources = known ?? {
    main: readText(directory, 'main.cf'),
    master: readText(directory, 'master.cf'),
  };
  const { settings, given, warnings } = loadMainCf(directory, sources.main);
  const all = parseServices(directory, sources.master, (warning) => warnings.push(warning));
  const services = all.filter((service) => !isDisabled(service, settings.master_service_disable));
  const settingsFor = (service: MasterService): Settings =>
    createSettings([overrideValues(service), given], {
      config_directory: directory,
      service_name: service.name,
      process_name: path.basename(service.command),
    });
  const problems = [
    ...checkValues(settings, given.keys()),
    ...services.flatMap((service) => checkValues(settingsFor(service), service.overrides.keys())),
    ...networkProblems(settings),
    ...programProblems(services),
  ];
  if (problems.length > 0) throw new FatalError(problems.join('\n'), sysexits.config);
  return {
    directory,
    sources,
    settings,
    services,
    settingsFor,
    warnings: [
      ...warnings,
      ...settingWarnings(settings, given, services),
      ...programWarnings(services),
    ],
  };
}

export interface MainSettings {
  readonly settings: Settings;
  readonly given: ReadonlyMap<string, RawValue>;
  /** What is odd in the text itself. */
  readonly warnings: string[];
}

/** main.cf alone, for commands that need no services. @throws {FatalError} */
export function loadMainCf(directory: string, text = readText(directory, 'main.cf')): MainSettings {
  const file = path.join(directory, 'main.cf');
  const { entries, warnings } = parseMainCf(text, file);
  const given = new Map(
    [...entries].map(([name, { value, line }]) => [
      name,
      { value, origin: `${file} line ${line}` },
    ]),
  );
  return {
    settings: createSettings([given], { config_directory: directory }),
    given,
    warnings: [...warnings],
  };
}

/** The services of master.cf; of two of the same name and type the last. @throws {FatalError} */
function parseServices(
  directory: string,
  text: string,
  warn: (warning: string) => void,
): MasterService[] {
  const file = path.join(directory, 'master.cf');
  const services = new Map<string, MasterService>();
  for (const service of parseMasterCf(text, file, warn)) {
    const key = `${service.name}/${service.type}`;
    const earlier = services.get(key);
    if (earlier) warn(`${service.origin}: ${key} again: line ${earlier.line} does not count`);
    services.set(key, service);
  }
  return [...services.values()];
}

/** master_service_disable: `inet`, `smtp/inet`, `!name/type`; the first that fits counts. */
function isDisabled({ name, type }: MasterService, list: string): boolean {
  for (const word of splitList(list)) {
    const pattern = word.replace(/^!+/, '');
    if (pattern !== type && pattern !== `${name}/${type}`) continue;
    return (word.length - pattern.length) % 2 === 0;
  }
  return false;
}

const networkLists = ['mynetworks', 'smtpd_forbid_bare_newline_exclusions'] as const;

/** Networks in lists of addresses; files and tables are looked into when they are used. */
function networkProblems(settings: Settings): string[] {
  return networkLists.flatMap((name) => {
    const origin = settings.source.origin(name);
    if (origin === undefined) return [];
    return splitList(settings[name])
      .map((word) => word.replace(/^!+/, ''))
      .filter((word) => !word.startsWith('/') && !/^[A-Za-z][A-Za-z0-9]*:/.test(word))
      .flatMap((word) => {
        try {
          parseNetwork(word);
          return [];
        } catch (error) {
          return [`${origin}: ${name}: ${(error as Error).message}`];
        }
      });
  });
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
