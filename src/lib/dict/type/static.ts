/** dict/type/static - `static:value` (or `static:{ text with blanks }`): the value for every key. */
import type { DictType } from '../type.js';

export const staticTable: DictType = {
  name: 'static',
  open(name) {
    const value = name.startsWith('{') && name.endsWith('}') ? name.slice(1, -1).trim() : name;
    return {
      name: `static:${name}`,
      isPattern: true,
      lookup: () => ({ is: 'found', value }),
      close: () => undefined,
    };
  },
};
