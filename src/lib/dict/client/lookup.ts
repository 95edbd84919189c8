/**
 * dict/client/lookup - what SQL and LDAP tables share: which keys are asked for, and what becomes of the values.
 *
 * Values are put through result_format and joined by commas; more of them than expansion_limit are an error, which means
 * "try again later". Postfix: db_common(3).
 */
import { errnoText } from '../../util/errno-text.js';
import type { Dict, LookupResult } from '../dict.js';
import { foldKey } from '../fold.js';
import type { DictContext } from '../type.js';
import { createDomainCheck } from './domains.js';
import type { ClientSettings } from './settings.js';
import {
  fillResult,
  needsOf,
  parseTemplate,
  type Template,
  type TemplateKey,
  templateKey,
} from './template.js';

export interface ClientTable {
  readonly settings: ClientSettings;
  /** `%` expansions that decide which keys can be asked for. */
  readonly queries: readonly Template[];
  readonly resultFormat: string;
  readonly expansionLimit: number;
  /** Gives each value to `add`. @throws {Error} the back end is in trouble; text for the log */
  ask(key: TemplateKey, add: AddValue): void | Promise<void>;
  close(): void;
}

/** @throws {LimitExceeded} */
export type AddValue = (value: string | null) => void;

class LimitExceeded extends Error {}

const notFound: LookupResult = { is: 'not-found' };

/** @throws {TableError} */
export function clientDict(table: ClientTable, context: DictContext): Dict {
  const { settings, expansionLimit } = table;
  const { log, fold } = context;
  const name = settings.table;
  const format = parseTemplate(table.resultFormat, 'result', name);
  const needs = needsOf(table.queries, format);
  const isOurs = createDomainCheck(settings.text('domain'), context);

  const answer = async (key: string): Promise<LookupResult> => {
    const ours = await isOurs(key);
    if (typeof ours === 'string') return { is: 'error', reason: ours };
    const parts = ours ? templateKey(key, needs) : undefined;
    if (!parts) return notFound;
    const values: string[] = [];
    await table.ask(parts, (value) => {
      if (value === null) return;
      if (value === '') {
        log.warning(`table "${name}": empty lookup result for: "${key}" -- ignored`);
        return;
      }
      const shown = fillResult(format, needs, parts, value);
      if (shown === undefined) return;
      if (expansionLimit > 0 && values.length >= expansionLimit)
        throw new LimitExceeded(`expansion limit exceeded for key: '${key}'`);
      values.push(shown);
    });
    const value = values.join(',');
    return value === '' ? notFound : { is: 'found', value };
  };

  return {
    name,
    isPattern: false,
    async lookup(given) {
      // No database has text with NUL, and C libraries would take what is before it for the key.
      if (given.includes('\0')) return notFound;
      try {
        return await answer(fold ? foldKey(given) : given);
      } catch (error) {
        const reason = errnoText(error);
        log.warning(`${name}: ${reason}`);
        return { is: 'error', reason };
      }
    },
    close: () => table.close(),
  };
}
