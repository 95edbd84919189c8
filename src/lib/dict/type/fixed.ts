/** dict/type/fixed - tables whose contents are a Map in memory: what inline, internal and texthash share. */
import type { LookupResult, WritableDict } from '../dict.js';
import { foldKey } from '../fold.js';
import type { DictContext } from '../type.js';

const notFound: LookupResult = { is: 'not-found' };

export function mapDict(
  name: string,
  entries: ReadonlyMap<string, string>,
  context: Pick<DictContext, 'fold'>,
): WritableDict {
  return {
    name,
    isPattern: false,
    lookup(key) {
      const value = entries.get(context.fold ? foldKey(key) : key);
      return value === undefined ? notFound : { is: 'found', value };
    },
    entries: () => entries,
    close: () => undefined,
  };
}
