/**
 * NAME
 *   postconf - show and change settings
 *
 * SYNOPSIS
 *   postconf [-dfhHnopvx] [-c config_dir] [-C class] [-o name=value] [parameter ...]
 *   postconf -M | -F | -P [-efhHox] [-c config_dir] [service[/type[/name]] ...]
 *   postconf -e name=value ...   -X name ...   -# name ...   (with -M, -F, -P: of master.cf)
 *   postconf -a | -A | -l | -m
 *
 * DESCRIPTION
 *   Without options: every parameter with its value in force, unexpanded. -d: defaults. -n: what main.cf sets.
 *   -x: expanded. -h, -H: values or names only. -f: long lines folded. -M, -F, -P: lines, fields, and -o settings of
 *   master.cf. -e edits, -X removes, -# comments out. -m: table types; -l: lock methods; -a, -A: SASL.
 *
 * EXIT STATUS
 *   0; 1 wrong configuration or usage
 */
import {
  copyFileSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  chownSync,
  chmodSync,
} from 'node:fs';
import path from 'node:path';
import { loadMainCf } from '../../lib/config/load.js';
import { type MasterService, parseMasterCf } from '../../lib/config/master-cf.js';
import { parameters } from '../../lib/config/parameters.js';
import type { Settings } from '../../lib/config/settings.js';
import { createSettings, type RawValue } from '../../lib/config/values.js';
import { unusedParameters } from '../../lib/config/warnings.js';
import { dictTypes } from '../../lib/dict/types.js';
import { runCommand } from '../../lib/server/command.js';
import { configDirectory } from '../../lib/server/instance.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { getopt } from '../../lib/util/getopt.js';
import { editMainCf, editMasterCf } from './edit.js';
import {
  argumentsOf,
  formatService,
  formatValue,
  serviceFields,
  type ValueStyle,
} from './format.js';

const letters = 'aAbc:C:deEfFhHlmMno:pPtTvxX#';
const declared = Object.keys(parameters).sort(byName);

interface Invocation {
  readonly has: (letter: string) => boolean;
  readonly directory: string;
  readonly operands: readonly string[];
  readonly style: ValueStyle;
}

/** In the order of bytes, as Postfix sorts. */
function byName(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function main(args: readonly string[]): number {
  const { options, operands, problem } = getopt(args, letters);
  if (problem !== undefined) {
    throw new FatalError(
      'usage: postconf [-a (server SASL types)] [-A (client SASL types)] [-b (bounce templates)] [-c config_dir] [-c param_class] [-d (parameter defaults)] [-e (edit configuration)] [-f (fold lines)] [-F (master.cf fields)] [-h (no names)] [-H (no values)] [-l (lock types)] [-m (map types)] [-M (master.cf)] [-n (non-default parameters)] [-o name=value] [-p (main.cf)] [-P (master.cf parameters)] [-v (debug)] [-x (expand parameter values)] [-X (exclude)] [-# (comment-out)]',
      1,
    );
  }
  const given = new Set(options.map(({ letter }) => letter));
  const has = (letter: string): boolean => given.has(letter);
  const invocation: Invocation = {
    has,
    directory: path.resolve(configDirectory(options.find(({ letter }) => letter === 'c')?.value)),
    operands,
    style: { hideName: has('h'), hideValue: has('H'), fold: has('f') },
  };
  const overrides = new Map(
    options.filter(({ letter }) => letter === 'o').map(({ value }) => nameAndValue(value)),
  );
  if (has('m')) return print(dictTypes.map(({ name }) => name).sort(byName));
  if (has('l')) return print(['flock', 'fcntl', 'dotlock']);
  if (has('a')) return print(['cyrus', 'dovecot']);
  if (has('A')) return print(['cyrus']);
  const edits =
    has('X') ||
    has('#') ||
    has('e') ||
    (operands.length > 0 && operands.every((operand) => /^[^=\s]+\s*=/.test(operand)));
  if (has('M') || has('F') || has('P'))
    return edits ? editServices(invocation) : showServices(invocation);
  return edits
    ? editParameters(invocation)
    : showParameters(invocation, overrides, options.find(({ letter }) => letter === 'C')?.value);
}

function nameAndValue(text: string): readonly [string, RawValue] {
  const equals = text.indexOf('=');
  if (equals <= 0) throw new FatalError(`missing '=' after attribute name: "${text}"`, 1);
  return [
    text.slice(0, equals).trim(),
    { value: text.slice(equals + 1).trim(), origin: 'command line' },
  ];
}

function print(lines: readonly string[]): number {
  for (const line of lines) process.stdout.write(`${line}\n`);
  return 0;
}

function warn(text: string): void {
  process.stderr.write(`postconf: warning: ${text}\n`);
}

function showParameters(
  invocation: Invocation,
  overrides: ReadonlyMap<string, RawValue>,
  parameterClass: string | undefined,
): number {
  const { has, directory, operands, style } = invocation;
  const { given } = has('d') ? { given: new Map<string, RawValue>() } : loadMainCf(directory);
  const settings = createSettings([overrides, given], { config_directory: directory });
  const user = [...given.keys()].filter(
    (name) => !(name in parameters) && !isUnused(invocation, name, given),
  );
  const names = operands.length > 0 ? operands : namesOf(has('n'), given, user, parameterClass);
  for (const name of names) {
    const value = valueOf(settings, name, has('x'));
    if (value === undefined) warn(`${name}: unknown parameter`);
    else process.stdout.write(`${formatValue(name, value, style)}\n`);
  }
  if (!has('d')) for (const text of unusedWarnings(invocation, given)) warn(text);
  return 0;
}

function namesOf(
  onlySet: boolean,
  given: ReadonlyMap<string, RawValue>,
  user: readonly string[],
  parameterClass: string | undefined,
): string[] {
  const known = parameterClass === 'user' ? [] : declared;
  const all = [...new Set([...known, ...(parameterClass === 'builtin' ? [] : user)])].sort(byName);
  if (!onlySet) return all;
  return all.filter((name) => given.has(name) || name === 'config_directory');
}

function valueOf(settings: Settings, name: string, expanded: boolean): string | undefined {
  const raw = settings.source.raw(name);
  if (raw === undefined) return undefined;
  return expanded ? settings.source.expand(raw) : raw;
}

function isUnused(
  invocation: Invocation,
  name: string,
  given: ReadonlyMap<string, RawValue>,
): boolean {
  return unusedParameters(given, servicesOf(invocation.directory)).some(
    (unused) => unused.name === name,
  );
}

function unusedWarnings({ directory }: Invocation, given: ReadonlyMap<string, RawValue>): string[] {
  return unusedParameters(given, servicesOf(directory)).map(
    ({ name, value }) => `${path.join(directory, 'main.cf')}: unused parameter: ${name}=${value}`,
  );
}

function servicesOf(directory: string): readonly MasterService[] {
  const file = path.join(directory, 'master.cf');
  try {
    return parseMasterCf(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof FatalError) throw error;
    return [];
  }
}

function showServices({ has, directory, operands, style }: Invocation): number {
  const services = servicesOf(directory);
  const patterns = operands.length > 0 ? operands : [''];
  for (const pattern of patterns) {
    const [name, type, part] = pattern === '' ? [] : splitPattern(pattern);
    const chosen = services.filter(
      (service) => matches(name, service.name) && matches(type, service.type),
    );
    const lines = chosen.flatMap((service) => {
      if (has('M')) return [formatService(service, has('f'))];
      const rows = has('F') ? serviceFields(service) : overrideRows(service);
      return rows
        .filter((row) => matches(part, row.name.slice(`${service.name}/${service.type}/`.length)))
        .map((row) => formatValue(row.name, row.value, style));
    });
    if (lines.length === 0 && pattern !== '') warn(`unmatched request: "${pattern}"`);
    print(lines);
  }
  return 0;
}

function overrideRows(service: MasterService): { name: string; value: string }[] {
  return [...service.overrides]
    .sort(([a], [b]) => byName(a, b))
    .map(([name, value]) => ({ name: `${service.name}/${service.type}/${name}`, value }));
}

/** `name/type/part`; a service name may hold no slash. */
function splitPattern(pattern: string): string[] {
  return pattern.split('/');
}

function matches(pattern: string | undefined, text: string): boolean {
  return pattern === undefined || pattern === '*' || pattern === '' || pattern === text;
}

function editParameters({ has, directory, operands }: Invocation): number {
  const edits = operands.map((operand) => {
    if (has('X') || has('#')) return { name: operand, value: undefined, comment: has('#') };
    const [name, { value }] = nameAndValue(operand);
    return { name, value, comment: false };
  });
  replaceFile(path.join(directory, 'main.cf'), (text) => editMainCf(text, edits));
  return 0;
}

function editServices({ has, directory, operands }: Invocation): number {
  const file = path.join(directory, 'master.cf');
  const services = servicesOf(directory);
  const edits = operands.map((operand) => {
    if (has('X') || has('#')) return { service: operand, line: undefined, comment: has('#') };
    const [name, { value }] = nameAndValue(operand);
    const [serviceName = '', type = '', part] = name.split('/');
    const service = `${serviceName}/${type}`;
    if (has('M')) return { service, line: normalizedLine(value, file), comment: false };
    const found = services.find(
      (candidate) => candidate.name === serviceName && candidate.type === type,
    );
    if (!found) throw new FatalError(`unmatched service: "${service}"`, 1);
    const fields = has('F')
      ? withField(found, part ?? '', value)
      : withOverride(found, part ?? '', value);
    return { service, line: formatService({ ...found, fields }, true), comment: false };
  });
  replaceFile(file, (text) => editMasterCf(text, edits));
  return 0;
}

function normalizedLine(text: string, file: string): string {
  const [service] = parseMasterCf(text, file);
  if (!service) throw new FatalError(`bad service: "${text}"`, 1);
  return formatService(service, true);
}

const fieldOrder = [
  'service',
  'type',
  'private',
  'unprivileged',
  'chroot',
  'wakeup',
  'process_limit',
  'command',
];

function withField(service: MasterService, field: string, value: string): string[] {
  const index = fieldOrder.indexOf(field);
  if (index < 0) throw new FatalError(`unknown attribute name: "${field}"`, 1);
  const fields = [...service.fields];
  if (field === 'command') return [...fields.slice(0, 7), ...value.split(/\s+/)];
  fields[index] = value;
  return fields;
}

function withOverride(service: MasterService, name: string, value: string): string[] {
  const others = argumentsOf(service).filter((argument) => !argument.startsWith(`-o ${name}=`));
  const word = /\s/.test(value) ? `{ ${name} = ${value} }` : `${name}=${value}`;
  return [
    ...service.fields.slice(0, 8),
    ...others.flatMap((argument) =>
      argument.startsWith('-o ') ? ['-o', argument.slice(3)] : [argument],
    ),
    '-o',
    word,
  ];
}

/** The new text takes the old one's place at once, with the old one's owner and mode. */
function replaceFile(file: string, change: (text: string) => string): void {
  try {
    const text = readFileSync(file, 'utf8');
    const { mode, uid, gid } = statSync(file);
    const temporary = `${file}.tmp`;
    copyFileSync(file, temporary);
    writeFileSync(temporary, change(text));
    chmodSync(temporary, mode & 0o7777);
    if (process.getuid?.() === 0) chownSync(temporary, uid, gid);
    renameSync(temporary, file);
  } catch (error) {
    throw new FatalError(`${file}: ${(error as Error).message}`, 1, { cause: error });
  }
}

await runCommand('postconf', main);
