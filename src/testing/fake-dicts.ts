/** testing/fake-dicts - tables in memory: `test:name` is looked up among those given, `broken:x` always fails. */
import type { Dict, LookupResult } from '../lib/dict/dict.js';
import type { LookupListener } from '../lib/dict/lookup-record.js';
import type { DictOpener } from '../lib/dict/opener.js';

export type FakeTables = Readonly<Record<string, Readonly<Record<string, string>>>>;

export function fakeDicts(tables: FakeTables = {}, onLookup?: LookupListener): DictOpener {
  return {
    onLookup,
    open: (spec): Dict => ({
      name: spec,
      isPattern: false,
      lookup: (key): LookupResult => {
        if (spec.startsWith('broken:')) return { is: 'error', reason: 'out of order' };
        const value = tables[spec.slice(spec.indexOf(':') + 1)]?.[key.toLowerCase()];
        return value === undefined ? { is: 'not-found' } : { is: 'found', value };
      },
      close: () => undefined,
    }),
    close: () => undefined,
  };
}
