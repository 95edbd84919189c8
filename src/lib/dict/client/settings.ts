/**
 * dict/client/settings - the parameters of an SQL, LDAP or memcache table.
 *
 * They stand in a file of the form of main.cf, where `$` is a dollar sign (passwords); or, where the table's name begins
 * with neither slash nor dot, in main.cf as `name_parameter`. Postfix: cfg_parser(3).
 */
import { parseMainCf } from '../../config/main-cf.js';
import { readTextFile } from '../text/read.js';
import { type DictContext, TableError } from '../type.js';

export interface ClientSettings {
  /** As logs name the table: `pgsql:/etc/postfix/users.cf`. */
  readonly table: string;
  /** Undefined: not set at all. */
  given(name: string): string | undefined;
  text(name: string, byDefault?: string): string;
  /** @throws {TableError} empty */
  required(name: string): string;
  /** @throws {TableError} no number, out of range */
  number(name: string, byDefault: number, min?: number): number;
  /** @throws {TableError} neither yes nor no */
  bool(name: string, byDefault: boolean): boolean;
}

/** The file of such a table; undefined: main.cf. */
export function clientFile(name: string): string | undefined {
  return /^[/.]/.test(name) ? name : undefined;
}

/** @throws {TableError} unreadable, not of the form of main.cf */
export function readClientSettings(
  type: string,
  name: string,
  context: DictContext,
): ClientSettings {
  const table = `${type}:${name}`;
  const file = clientFile(name);
  if (file === undefined)
    return createClientSettings(table, `${name}_`, (parameter) =>
      context.setting?.(`${name}_${parameter}`),
    );
  const content = context.handed?.content(file) ?? readTextFile(file);
  const { entries, warnings } = parse(content.toString('utf8'), file);
  for (const warning of warnings) context.log.warning(warning);
  return createClientSettings(table, '', (parameter) => entries.get(parameter)?.value);
}

function parse(text: string, file: string): ReturnType<typeof parseMainCf> {
  try {
    return parseMainCf(text, file);
  } catch (error) {
    throw new TableError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

export function createClientSettings(
  table: string,
  prefix: string,
  given: (name: string) => string | undefined,
): ClientSettings {
  const bad = (what: string, name: string, value: string): never => {
    throw new TableError(`${table}: bad ${what}: ${prefix}${name} = ${value}`);
  };
  return {
    table,
    given,
    text: (name, byDefault = '') => given(name) ?? byDefault,
    required: (name) => given(name) || bad('string length 0 < 1', name, ''),
    number(name, byDefault, min = 0) {
      const value = given(name);
      if (value === undefined) return byDefault;
      if (!/^[-+]?\d{1,9}$/.test(value)) bad('numerical configuration', name, value);
      if (Number(value) < min) bad(`numerical configuration (less than ${min})`, name, value);
      return Number(value);
    },
    bool(name, byDefault) {
      const value = given(name);
      if (value === undefined) return byDefault;
      const lower = value.toLowerCase();
      if (lower !== 'yes' && lower !== 'no') bad('boolean configuration', name, value);
      return lower === 'yes';
    },
  };
}
