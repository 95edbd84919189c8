/**
 * dict/type/proxy - `proxy:type:name`: the table itself.
 *
 * Postfix's proxymap(8) shares one open table among many processes; here one process serves all sessions already.
 */
import type { DictType } from '../type.js';

export const proxy: DictType = {
  name: 'proxy',
  open(name, context) {
    const table = context.open(name);
    return {
      name: `proxy:${name}`,
      isPattern: table.isPattern,
      lookup: (key) => table.lookup(key),
      close: () => undefined,
    };
  },
};
