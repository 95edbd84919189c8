/**
 * dict/client/template - `%s`, `%u`, `%d`, `%1` … in queries and in result_format; pure.
 *
 * A key that lacks what any of a table's templates takes from it is not asked for at all: `%d` and a key without domain.
 * Values reach a query only by `quote`. Standard: mysql_table(5), ldap_table(5). Postfix: db_common(3).
 */
import { TableError } from '../type.js';

type Letter = 's' | 'u' | 'd' | 'S' | 'U' | 'D';
/** Text as it is, or what to take: a letter, or the number of a label from the right. */
type Part = { readonly text: string } | { readonly take: Letter | number };

export interface Template {
  readonly parts: readonly Part[];
}

/** @param what for the error text @throws {TableError} */
export function parseTemplate(text: string, what: 'query' | 'result', table: string): Template {
  const parts: Part[] = [];
  const pattern = /%(.?)|[^%]+/gs;
  for (const [found, code] of text.matchAll(pattern)) {
    if (code === undefined) parts.push({ text: found });
    else if (code === '%') parts.push({ text: '%' });
    else if (/^[sudSUD]$/.test(code)) parts.push({ take: code as Letter });
    else if (/^[1-9]$/.test(code)) parts.push({ take: Number(code) });
    else throw new TableError(`${table}: invalid ${what} template: ${text}`);
  }
  return { parts };
}

/** What the templates of a table take from a key, and from a value. */
export interface TemplateNeeds {
  readonly keyUser: boolean;
  readonly keyDomain: boolean;
  readonly labels: number;
  readonly valueUser: boolean;
  readonly valueDomain: boolean;
}

export function needsOf(queries: readonly Template[], result: Template): TemplateNeeds {
  const takes = ({ parts }: Template) =>
    parts.flatMap((part) => ('take' in part ? [part.take] : []));
  const inQueries = queries.flatMap(takes);
  const inResult = takes(result);
  const all = [...inQueries, ...inResult];
  const labels = Math.max(0, ...all.filter((take) => typeof take === 'number'));
  return {
    keyUser: inQueries.includes('u') || all.includes('U'),
    keyDomain: inQueries.includes('d') || all.includes('D') || labels > 0,
    labels,
    valueUser: inResult.includes('u'),
    valueDomain: inResult.includes('d'),
  };
}

interface Address {
  readonly whole: string;
  readonly user: string;
  /** Undefined: no `@`; may be empty. */
  readonly domain: string | undefined;
}

function split(whole: string): Address {
  const at = whole.lastIndexOf('@');
  return at < 0
    ? { whole, user: whole, domain: undefined }
    : { whole, user: whole.slice(0, at), domain: whole.slice(at + 1) };
}

/** A key that the templates can be filled with. */
export interface TemplateKey extends Address {
  /** Of the domain, from left to right. */
  readonly labels: readonly string[];
}

/** Undefined: the lookup is suppressed, the key is not in the table. */
export function templateKey(key: string, needs: TemplateNeeds): TemplateKey | undefined {
  if (key === '') return undefined;
  const address = split(key);
  const { domain } = address;
  if (needs.keyDomain && !domain) return undefined;
  if (needs.keyUser && domain !== undefined && address.user === '') return undefined;
  const labels = domain?.split('.').filter((label) => label !== '') ?? [];
  return labels.length < needs.labels ? undefined : { ...address, labels };
}

/** The text of a query. */
export function fillQuery(
  template: Template,
  key: TemplateKey,
  quote: (text: string) => string,
): string {
  return fill(template, key, key, quote);
}

/** One value of the answer; undefined: it is skipped. */
export function fillResult(
  template: Template,
  needs: TemplateNeeds,
  key: TemplateKey,
  value: string,
): string | undefined {
  const address = split(value);
  if (needs.valueDomain && !address.domain) return undefined;
  if (needs.valueUser && address.domain !== undefined && address.user === '') return undefined;
  return fill(template, key, address, (text) => text);
}

function fill(
  { parts }: Template,
  key: TemplateKey,
  value: Address,
  quote: (text: string) => string,
): string {
  let result = '';
  for (const part of parts)
    result += 'text' in part ? part.text : quote(taken(part.take, key, value));
  return result;
}

function taken(take: Letter | number, key: TemplateKey, value: Address): string {
  switch (take) {
    case 's':
      return value.whole;
    case 'u':
      return value.user;
    case 'd':
      return value.domain ?? '';
    case 'S':
      return key.whole;
    case 'U':
      return key.user;
    case 'D':
      return key.domain ?? '';
    default:
      return key.labels[key.labels.length - take] ?? '';
  }
}
