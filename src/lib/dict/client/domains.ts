/**
 * dict/client/domains - `domain =` of SQL, LDAP and memcache tables: only addresses in these domains are looked up.
 *
 * Names, `/file` with names, `type:table`, and `!` before any of them; names stand for themselves, not for what is below
 * them. Postfix: db_common_parse_domain(), string_list(3).
 */
import { splitList } from '../../util/list.js';
import type { Dict } from '../dict.js';
import { readTextFile } from '../text/read.js';
import { type DictContext, TableError } from '../type.js';

interface Rule {
  readonly negated: boolean;
  readonly test: string | Dict;
}

/** `false`: not to be looked up; text: why that cannot be known. */
export type DomainCheck = (key: string) => boolean | Promise<boolean | string>;

const maxDepth = 10;

/** @throws {TableError} */
export function createDomainCheck(list: string, context: DictContext): DomainCheck {
  const rules = parseRules(list, context, 0);
  if (rules.length === 0) return () => true;
  const match = async (domain: string): Promise<boolean | string> => {
    for (const { negated, test } of rules) {
      if (typeof test === 'string') {
        if (test === domain) return !negated;
        continue;
      }
      const result = await test.lookup(domain);
      if (result.is === 'error') return `table ${test.name}: ${result.reason}`;
      if (result.is === 'found') return !negated;
    }
    return false;
  };
  return (key) => {
    const at = key.lastIndexOf('@');
    if (at <= 0 || at === key.length - 1) return false;
    return match(key.slice(at + 1).toLowerCase());
  };
}

function parseRules(list: string, context: DictContext, depth: number): Rule[] {
  if (depth > maxDepth) throw new TableError(`${list}: files name each other in a circle`);
  return splitList(list).flatMap((element): Rule[] => {
    const bangs = /^!*/.exec(element)?.[0].length ?? 0;
    const negated = bangs % 2 === 1;
    const plain = element.slice(bangs);
    if (plain.startsWith('/')) {
      const text = readTextFile(plain)
        .toString('utf8')
        .replace(/^\s*#.*$/gm, '');
      return parseRules(text, context, depth + 1).map((rule) => ({
        ...rule,
        negated: rule.negated !== negated,
      }));
    }
    if (plain.includes(':')) return [{ negated, test: context.open(plain) }];
    return [{ negated, test: plain.toLowerCase() }];
  });
}
