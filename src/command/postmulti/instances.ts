/**
 * postmulti/instances - the instances that the primary one's main.cf names, in their order.
 *
 * Standard: MULTI_INSTANCE_README, postconf(5) multi_instance_directories.
 */
import path from 'node:path';
import { loadMainCf } from '../../lib/config/load.js';
import type { Settings } from '../../lib/config/settings.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { splitList } from '../../lib/util/list.js';

export interface Instance {
  readonly directory: string;
  readonly settings: Settings;
  readonly isPrimary: boolean;
  readonly name: string;
  readonly group: string;
  readonly isEnabled: boolean;
}

export interface Selection {
  /** Name or directory; `-` is the primary one. */
  readonly name?: string | undefined;
  readonly group?: string | undefined;
}

/** @throws {FatalError} a directory has no main.cf */
export function readInstances(primaryDirectory: string): Instance[] {
  const primary = readInstance(primaryDirectory, true);
  const others = splitList(primary.settings.multi_instance_directories);
  return [primary, ...others.map((directory) => readInstance(directory, false))];
}

function readInstance(given: string, isPrimary: boolean): Instance {
  const directory = path.resolve(given);
  const { settings } = loadMainCf(directory);
  return {
    directory,
    settings,
    isPrimary,
    name: settings.multi_instance_name,
    group: settings.multi_instance_group,
    // A primary instance without others always runs.
    isEnabled:
      settings.multi_instance_enable || (isPrimary && settings.multi_instance_directories === ''),
  };
}

/** Those that are meant. @throws {FatalError} none is */
export function selected(instances: readonly Instance[], { name, group }: Selection): Instance[] {
  const found = instances.filter(
    (instance) =>
      (name === undefined || isCalled(instance, name)) &&
      (group === undefined || instance.group === group),
  );
  if (found.length === 0) {
    const what = name === undefined ? `group ${group ?? ''}` : `instance ${name}`;
    throw new FatalError(`No matching ${what}; postmulti -l lists them`, 1);
  }
  return found;
}

export function isCalled({ isPrimary, name, directory }: Instance, wanted: string): boolean {
  if (wanted === '-') return isPrimary;
  return wanted.startsWith('/') ? path.resolve(wanted) === directory : wanted === name;
}

/** A row of `postmulti -l`. */
export function row({ name, group, isEnabled, directory }: Instance): string {
  const cell = (text: string, width: number): string => (text || '-').padEnd(width);
  return `${cell(name, 15)} ${cell(group, 15)} ${cell(isEnabled ? 'y' : 'n', 9)} ${directory}`;
}
