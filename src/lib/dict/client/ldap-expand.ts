/**
 * dict/client/ldap-expand - which attributes of an entry are values, and which lead on to other entries.
 *
 * terminal_result_attribute: where an entry has one, nothing else of it counts. special_result_attribute: names or URLs
 * of entries that are read in turn. leaf_result_attribute: counts only in entries without special ones.
 * Standard: ldap_table(5).
 */
import type { LdapEntry, LdapSearch } from './ldap-connection.js';
import type { AddValue } from './lookup.js';
import { parseLdapUrl } from './ldap-quote.js';

export interface LdapAttributes {
  readonly result: readonly string[];
  readonly special: readonly string[];
  readonly terminal: readonly string[];
  readonly leaf: readonly string[];
}

export interface ExpandOptions {
  readonly attributes: LdapAttributes;
  readonly recursionLimit: number;
  /** Entries of one search; 0: no limit. */
  readonly sizeLimit: number;
  search(base: string, search: LdapSearch): Promise<readonly LdapEntry[] | undefined>;
  add: AddValue;
  warn(text: string): void;
}

/** @throws {Error} a limit, or the directory is in trouble */
export async function expandSearch(
  base: string,
  search: LdapSearch,
  options: ExpandOptions,
  depth = 0,
): Promise<void> {
  const entries = await options.search(base, search);
  if (!entries) {
    if (depth > 0) options.warn(`DN ${base} not found, skipping`);
    return;
  }
  if (options.sizeLimit > 0 && entries.length > options.sizeLimit)
    throw new Error(`more than ${options.sizeLimit} entries in ${base} (size_limit)`);
  for (const entry of entries) await expandEntry(entry, options, depth);
}

async function expandEntry(entry: LdapEntry, options: ExpandOptions, depth: number): Promise<void> {
  const { attributes } = options;
  const found = Object.entries(entry)
    .filter(([name]) => name !== 'dn')
    .map(([name, values]) => ({ name, values: texts(values) }))
    .filter(({ values }) => values.length > 0);
  const has = (names: readonly string[]): boolean => found.some(({ name }) => isOneOf(name, names));
  const isTerminal = has(attributes.terminal);
  const isLeaf = !has(attributes.special);
  for (const { name, values } of found) {
    const counts = isTerminal
      ? isOneOf(name, attributes.terminal)
      : isOneOf(name, attributes.result) || (isLeaf && isOneOf(name, attributes.leaf));
    if (counts) for (const value of values) options.add(value);
    if (isTerminal || !isOneOf(name, attributes.special)) continue;
    for (const value of values) await follow(value, options, depth + 1);
  }
}

async function follow(value: string, options: ExpandOptions, depth: number): Promise<void> {
  if (depth > options.recursionLimit)
    throw new Error(`recursion limit exceeded for: '${value}' (recursion_limit)`);
  const wanted = allAttributes(options.attributes);
  if (!/^ldaps?:\/\//i.test(value)) {
    const search = { scope: 'base', filter: '(objectClass=*)', attributes: wanted } as const;
    await expandSearch(value, search, options, depth);
    return;
  }
  const url = parseLdapUrl(value);
  if (!url) {
    options.warn(`malformed URL ${value}, skipping`);
    return;
  }
  const attributes =
    url.attributes.length === 0
      ? wanted
      : url.attributes.filter((name) => wanted.some((each) => matches(each, name)));
  if (attributes.length === 0) return;
  await expandSearch(
    url.base,
    { scope: url.scope, filter: url.filter, attributes },
    options,
    depth,
  );
}

/** For a request: each once. */
export function allAttributes(attributes: LdapAttributes): string[] {
  const { result, special, terminal, leaf } = attributes;
  return [...new Set([...result, ...special, ...terminal, ...leaf])];
}

/** Attributes are named without regard to case; `mail;lang-ja` is a `mail`. */
function isOneOf(name: string, wanted: readonly string[]): boolean {
  return wanted.some((each) => matches(name, each));
}

function matches(name: string, wanted: string): boolean {
  const [one, other] = [name.toLowerCase(), wanted.toLowerCase()];
  return one === other || one.startsWith(`${other};`) || other.startsWith(`${one};`);
}

function texts(values: LdapEntry[string]): string[] {
  const list = typeof values === 'string' || Buffer.isBuffer(values) ? [values] : values;
  return list.map((value) => value.toString());
}
