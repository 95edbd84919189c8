/** dict/type/static - `static:value` (or `static:{ text with blanks }`): the value for every key. */
import type { LookupResult } from '../dict.js';
import { type DictType, TableError } from '../type.js';

export const staticTable: DictType = {
  name: 'static',
  open(name) {
    if (name.startsWith('{') && !name.endsWith('}'))
      throw new TableError(`bad static:name syntax: missing '}' in "${name}"`);
    const value = name.startsWith('{') ? name.slice(1, -1).trim() : name;
    const result: LookupResult = { is: 'found', value };
    return {
      name: `static:${name}`,
      isPattern: true,
      lookup: () => result,
      close: () => undefined,
    };
  },
};
