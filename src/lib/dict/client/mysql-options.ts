/**
 * dict/client/mysql-options - what MySQL's own option files say: my.cnf, groups [client] and option_group.
 *
 * Without option_file the usual places are read where they can be; an empty option_group alone turns that off.
 * Standard: mysql_table(5), option_file and option_group.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readTextFile } from '../text/read.js';
import type { ClientSettings } from './settings.js';

export type MysqlOptionValues = Readonly<Record<string, string>>;

const usualFiles = ['/etc/my.cnf', '/etc/mysql/my.cnf'];
const maxDepth = 10;

/** Names with hyphens: `ssl-ca`. @throws {TableError} option_file cannot be read */
export function readOptionFiles(settings: ClientSettings): MysqlOptionValues {
  const file = settings.text('option_file');
  const group = settings.text('option_group', 'client');
  if (file === '' && group === '') return {};
  const groups = new Set(['client', 'client-server', 'client-mariadb', group]);
  const values: Record<string, string> = {};
  if (file !== '') parseOptions(readTextFile(file).toString('utf8'), groups, values, 0);
  else for (const usual of usualFiles) include(usual, groups, values, 0);
  return values;
}

function include(
  file: string,
  groups: ReadonlySet<string>,
  values: Record<string, string>,
  depth: number,
): void {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return; // not there, or not for us: the C library says nothing either
  }
  parseOptions(text, groups, values, depth);
}

export function parseOptions(
  text: string,
  groups: ReadonlySet<string>,
  values: Record<string, string>,
  depth: number,
): void {
  let isWanted = false;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const directive = /^!(includedir|include)\s+(.+)$/.exec(line);
    if (directive) {
      if (depth >= maxDepth) continue;
      for (const file of included(directive[1] ?? '', directive[2] ?? ''))
        include(file, groups, values, depth + 1);
      continue;
    }
    const group = /^\[(.*)\]$/.exec(line);
    if (group) {
      isWanted = groups.has(group[1] ?? '');
      continue;
    }
    const entry = isWanted ? /^([A-Za-z_][\w-]*)\s*(?:=\s*(.*))?$/.exec(line) : null;
    if (!entry) continue;
    const value = (entry[2] ?? '').replace(/^(["'])(.*)\1$/, '$2');
    values[(entry[1] ?? '').replaceAll('_', '-')] = value;
  }
}

function included(directive: string, name: string): string[] {
  if (directive === 'include') return [name];
  try {
    return readdirSync(name)
      .filter((file) => file.endsWith('.cnf'))
      .sort()
      .map((file) => path.join(name, file));
  } catch {
    return [];
  }
}
