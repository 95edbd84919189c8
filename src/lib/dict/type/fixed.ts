/** dict/type/fixed - tables whose contents are a Map in memory: what inline, internal and texthash share. */
import type { LookupResult } from '../dict.js';
import { foldKey } from '../fold.js';
import type { DictContext } from '../type.js';
import type { DatabaseDict } from './database.js';

const notFound: LookupResult = { is: 'not-found' };

export function mapDict(
  name: string,
  entries: ReadonlyMap<string, string>,
  context: Pick<DictContext, 'fold'>,
): DatabaseDict {
  return {
    name,
    isPattern: false,
    lookup(key) {
      const value = entries.get(context.fold ? foldKey(key) : key);
      return value === undefined ? notFound : { is: 'found', value };
    },
    entries: () => entries,
    *rawEntries() {
      for (const [key, value] of entries) yield [Buffer.from(key), Buffer.from(value)];
    },
    close: () => undefined,
  };
}
