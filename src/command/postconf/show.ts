/** postconf/show - settings, lines, fields and -o settings as lines of text. Postfix: postconf_main.c, postconf_master.c. */
import { expand } from '../../lib/config/expand.js';
import { serviceParameters } from '../../lib/config/dynamic.js';
import type { MasterService } from '../../lib/config/master-cf.js';
import { parameters } from '../../lib/config/parameters.js';
import { unusedParameters } from '../../lib/config/warnings.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import {
  byBytes,
  fieldNames,
  fieldRows,
  formatService,
  formatValue,
  settingRows,
  type ValueStyle,
} from './format.js';
import type { Instance, Warn } from './instance.js';
import type { Invocation } from './options.js';

const classNames = ['builtin', 'service', 'user', 'all'];

export function* showParameters(
  { has, classes, operands }: Invocation,
  instance: Instance,
  style: ValueStyle,
  warn: Warn,
): Iterable<string> {
  const { settings, services, given } = instance;
  for (const name of classes)
    if (!classNames.includes(name))
      throw new FatalError(`unknown -C option value "${name}" in "${classes.join(',')}"`, 1);
  const ofServices = serviceParameters(services);
  const names =
    operands.length > 0
      ? operands
      : allNames(instance, ofServices, classes).filter(
          (name) => !has('n') || isSet(name, instance),
        );
  const raw = (name: string): string | undefined =>
    settings.source.raw(name) ?? ofServices.get(name);
  const unused = new Set(unusedParameters(given, services).map(({ name }) => name));
  for (const name of names) {
    const isUnused =
      unused.has(name) || (has('d') && !(name in parameters) && !ofServices.has(name));
    const value = isUnused ? undefined : raw(name);
    if (value === undefined) {
      warn(`${name}: unknown parameter`);
      continue;
    }
    const keepsMacros =
      (name in parameters ? parameters[name as keyof typeof parameters].kind : undefined) ===
        'raw' && !given.has(name);
    yield formatValue(name, has('x') && !keepsMacros ? expand(value, raw) : value, style);
  }
}

function isSet(name: string, { given, isDirectoryGiven }: Instance): boolean {
  return given.has(name) || (name === 'config_directory' && isDirectoryGiven);
}

function allNames(
  { given, services }: Instance,
  ofServices: ReadonlyMap<string, string>,
  classes: readonly string[],
): string[] {
  const wants = (name: string): boolean =>
    classes.length === 0 || classes.includes('all') || classes.includes(name);
  const unused = new Set(unusedParameters(given, services).map(({ name }) => name));
  const names = [
    ...(wants('builtin') ? Object.keys(parameters) : []),
    ...(wants('service') ? ofServices.keys() : []),
    ...(wants('user')
      ? [...given.keys()].filter(
          (name) => !(name in parameters) && !ofServices.has(name) && !unused.has(name),
        )
      : []),
  ];
  return [...new Set(names)].sort(byBytes);
}

/** -M, -F and -P. */
export function* showServices(
  { has, operands, subject }: Invocation,
  instance: Instance,
  style: ValueStyle,
  warn: Warn,
): Iterable<string> {
  for (const operand of operands.length > 0 ? operands : ['']) {
    const [name, type, part] = splitPattern(operand);
    if (subject === 'F' && part !== undefined && part !== '*' && !isField(part))
      throw new FatalError(`invalid service attribute name: "${part}"`, 1);
    let found = false;
    for (const service of instance.services) {
      if (!matches(name, service.name) || !matches(type, service.type)) continue;
      const expanded = has('x') ? expandService(service, instance) : service;
      if (subject === 'M') {
        found = true;
        yield formatService(expanded, style.fold);
        continue;
      }
      const rows = subject === 'F' ? fieldRows(expanded) : settingRows(expanded);
      for (const row of rows.filter((row) => matches(part, row.part))) {
        found = true;
        yield row.part === 'command' && !style.fold && !style.hideValue
          ? `${style.hideName ? '' : `${row.name} = `}${row.value}`
          : formatValue(row.name, row.value, style);
      }
    }
    if (!found && operand !== '') warn(`unmatched request: "${operand}"`);
  }
}

function isField(part: string): boolean {
  return (fieldNames as readonly string[]).includes(part);
}

function expandService(service: MasterService, instance: Instance): MasterService {
  // Arguments of commands (argv=) hold macros of pipe(8), which are not ours to expand.
  const { source } = instance.settingsFor(service);
  const overrides = new Map(
    [...service.overrides].map(([name, value]) => [name, source.expand(value)]),
  );
  const fields = service.fields.map((field, index) =>
    service.fields[index - 1] === '-o' ? expandSetting(field, overrides) : field,
  );
  return { ...service, fields, overrides };
}

function expandSetting(field: string, overrides: ReadonlyMap<string, string>): string {
  const name = field.slice(0, field.indexOf('='));
  const value = overrides.get(name);
  return value === undefined ? field : `${name}=${value}`;
}

/** `name/type/part`, of which the end may be missing; a service name may hold slashes. */
export function splitPattern(pattern: string): (string | undefined)[] {
  if (pattern === '') return [];
  return pattern.split('/');
}

export function matches(pattern: string | undefined, text: string): boolean {
  return pattern === undefined || pattern === '*' || pattern === text;
}
