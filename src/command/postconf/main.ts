/**
 * NAME
 *   postconf - show and change settings
 *
 * SYNOPSIS
 *   postconf [-dfhHnopqvx] [-c config_dir] [-C class,...] [parameter ...]
 *   postconf -M [-foqvx] [-c config_dir] [service[/type] ...]
 *   postconf -F [-fhHoqvx] [-c config_dir] [service[/type[/field]] ...]
 *   postconf -P [-fhHoqvx] [-c config_dir] [service[/type[/parameter]] ...]
 *   postconf [-M|-F|-P] -e name=value ...
 *   postconf [-M|-P] -X name ...    postconf [-M] -# name ...
 *   postconf -a | -A | -l | -m | -T mode
 *
 * DESCRIPTION
 *   Without options: every parameter with its value in force, unexpanded. -d: defaults. -n: what main.cf sets.
 *   -x: expanded. -h, -H: values or names only. -f: long lines folded. -o name=value: as if main.cf said so.
 *   -C: only builtin, service, or user parameters. -M, -F, -P: lines, fields, and -o settings of master.cf; `*` in a
 *   name matches all. -e edits (also when an argument holds `=`), -X removes, -# comments out; comments stay, and the
 *   file is replaced in one step. -q: no warnings of unused and old names. -m: table types; -l: lock methods; -a, -A:
 *   SASL implementations of server and client; -T: compile-version, run-version, public-key-algorithms of TLS.
 *
 * EXIT STATUS
 *   0; 1 wrong configuration or usage
 *
 * SEE ALSO
 *   COMPATIBILITY.md, postconf(5) of Postfix
 */
import { dictTypes } from '../../lib/dict/types.js';
import type { RawValue } from '../../lib/config/values.js';
import { runCommand } from '../../lib/server/command.js';
import { configDirectory } from '../../lib/server/instance.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { editMain, editServices } from './edit-files.js';
import { byBytes } from './format.js';
import { checkMacros, openInstance, warnOfNames, type Warn } from './instance.js';
import { type Invocation, nameAndValue, readOptions } from './options.js';
import { showParameters, showServices } from './show.js';

async function main(args: readonly string[]): Promise<number> {
  const invocation = readOptions(args, (problem) => {
    process.stderr.write(`postconf: ${problem}\n`);
  });
  const fixed = fixedList(invocation);
  if (fixed) return print(fixed);
  const directory = configDirectory(invocation.directory);
  const warn: Warn = (text) => process.stderr.write(`postconf: warning: ${text}\n`);
  try {
    if (invocation.action === 'show') return show(invocation, directory, warn);
    await (invocation.subject === 'main' ? editMain : editServices)(invocation, directory, warn);
    return 0;
  } catch (error) {
    // Postfix's postconf knows one exit status for all that is wrong.
    if (error instanceof FatalError) throw new FatalError(error.message, 1, { cause: error });
    throw error;
  }
}

function show(invocation: Invocation, directory: string, warn: Warn): number {
  const { has, overrides, subject } = invocation;
  const values = new Map<string, RawValue>(
    overrides.map((text) => {
      const [name, value] = nameAndValue(text, '-o');
      return [name, { value, origin: 'command line' }];
    }),
  );
  const isDirectoryGiven =
    invocation.directory !== undefined || process.env['MAIL_CONFIG'] !== undefined;
  const instance = openInstance({ directory, isDirectoryGiven }, values, has('d'), warn);
  const warnOfNamesOnly: Warn = has('q') ? () => undefined : warn;
  if (!has('d')) checkMacros(instance, warnOfNamesOnly);
  const style = { hideName: has('h'), hideValue: has('H'), fold: has('f') };
  print((subject === 'main' ? showParameters : showServices)(invocation, instance, style, warn));
  if (!has('d') && subject === 'main') warnOfNames(instance, warnOfNamesOnly);
  return 0;
}

function fixedList({ has, tlsMode }: Invocation): readonly string[] | undefined {
  if (has('m')) return dictTypes.map(({ name }) => name).sort(byBytes);
  if (has('l')) return ['flock', 'fcntl', 'dotlock'];
  if (has('a')) return ['cyrus', 'dovecot'];
  if (has('A')) return ['cyrus'];
  if (tlsMode === undefined) return undefined;
  if (tlsMode === 'public-key-algorithms') return ['dsa', 'ecdsa', 'ed25519', 'ed448', 'rsa'];
  if (tlsMode === 'compile-version' || tlsMode === 'run-version')
    return [`OpenSSL ${process.versions.openssl}`];
  throw new FatalError(`unknown 'postconf -T' mode: ${tlsMode}`, 1);
}

function print(lines: Iterable<string>): number {
  let text = '';
  for (const line of lines) text += `${line}\n`;
  process.stdout.write(text);
  return 0;
}

await runCommand('postconf', main);
