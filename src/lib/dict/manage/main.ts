/** dict/manage/main - the common part of postmap and postalias: reads the options, does the task. */
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import process from 'node:process';
import { loadMainCf } from '../../config/load.js';
import { mainCfText } from '../../config/settings.js';
import type { Log } from '../../log/log.js';
import { foldKey } from '../fold.js';
import { splitSpec, type TableSpec } from '../open.js';
import { buildTable, deleteKeys, type ExtraEntry, extendTable } from './build.js';
import type { ParseLine } from './entries.js';
import { messageKeys } from './message-keys.js';
import { type ManageOptions, type ManageProgram, parseManageOptions } from './options.js';
import { listTable, openTable, type QueryOptions, queryTables } from './query.js';

export interface Manage extends ManageProgram {
  readonly parse: ParseLine;
  readonly separator: string;
  /** Added to each table that is built. */
  extra(settings: { readonly myhostname: string }): readonly ExtraEntry[];
  /** From -c, or from the environment. */
  configDirectory(given: string | undefined): string;
}

/** @throws {FatalError} @returns exit status */
export async function manageTables(program: Manage, args: readonly string[]): Promise<number> {
  const log = stderrLog(program.name);
  const options = parseManageOptions(program, args, (text) => process.stderr.write(`${text}\n`));
  const { settings } = loadMainCf(program.configDirectory(options.configDirectory));
  const defaultType = settings.default_database_type;
  const tables = options.tables.map((spec) => splitSpec(spec, defaultType));
  const query: QueryOptions = {
    ...options,
    defaultType,
    log,
    setting: mainCfText(settings.source),
    separator: program.separator,
  };
  const utf8 = options.utf8 && settings.smtputf8_enable;
  const request = (table: TableSpec) => ({
    table,
    options: { ...options, utf8 },
    parse: program.parse,
    extra: program.extra(settings),
    warn: (text: string) => log.warning(text),
  });

  switch (options.task.is) {
    case 'build':
      for (const table of tables) buildTable(request(table));
      return 0;
    case 'add': {
      const input = readFileSync(0);
      for (const table of tables) extendTable(request(table), input);
      return 0;
    }
    case 'list':
      for (const table of tables) {
        for (const line of listTable(table, query)) await print(line);
      }
      return 0;
    case 'delete': {
      const keys = keysOf(options, options.task.key);
      const results = tables.map((table) => deleteKeys(table, options, keys.map(toBytes(options))));
      return results.includes(true) ? 0 : 1;
    }
    case 'query':
      return runQuery(tables, options, options.task.key, query);
  }
}

async function runQuery(
  specs: readonly TableSpec[],
  options: ManageOptions,
  key: string,
  query: QueryOptions,
): Promise<number> {
  const tables = specs.map((table) => openTable(table, query));
  if (key === '') return 1;
  if (key !== '-') {
    const value = await queryTables(tables, key, query);
    if (value === undefined) return 1;
    await print(`${value}\n`);
    return 0;
  }
  let found = false;
  for (const each of keysOf(options, key)) {
    if (each === '' && options.keysFrom === 'lines') continue;
    const value = await queryTables(tables, each, query);
    if (value === undefined) continue;
    found = true;
    await print(`${each}${query.separator}${value}\n`);
  }
  return found ? 0 : 1;
}

/** The key itself; for `-` those of standard input. */
function keysOf(options: ManageOptions, key: string): readonly string[] {
  if (key !== '-') return [key];
  const input = readFileSync(0, 'utf8');
  if (options.keysFrom !== 'lines') {
    const { headers, body } = messageKeys(input, options.mime);
    return options.keysFrom === 'headers' ? headers : body;
  }
  return (input.endsWith('\n') ? input.slice(0, -1) : input).split('\n');
}

const toBytes =
  ({ fold }: ManageOptions) =>
  (key: string): Buffer =>
    Buffer.from(fold ? foldKey(key) : key);

async function print(text: string | Buffer): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Messages of a command go to its user. */
function stderrLog(name: string): Log {
  const at = (prefix: string) => (text: string) =>
    void process.stderr.write(`${name}: ${prefix}${text.replace(/[\0-\x1f\x7f]/g, '?')}\n`);
  return {
    debug: () => undefined,
    info: at(''),
    warning: at('warning: '),
    error: at('error: '),
    fatal: at('fatal: '),
    panic: at('panic: '),
  };
}
