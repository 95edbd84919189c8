/** dict/type/combined - tables made of tables: pipemap (the value of one is the key of the next) and unionmap. */
import { splitList } from '../../util/list.js';
import type { Dict, LookupResult } from '../dict.js';
import { type DictContext, type DictType, TableError } from '../type.js';

function parts(type: string, name: string, context: DictContext): Dict[] {
  const match = /^\{(.*)\}$/s.exec(name.trim());
  const specs = splitList(match?.[1] ?? '');
  if (specs.length === 0)
    throw new TableError(`bad syntax: "${type}:${name}"; need "${type}:{type:name...}"`);
  return specs.map((spec) => context.open(spec));
}

export const pipemap: DictType = {
  name: 'pipemap',
  open(name, context) {
    const tables = parts('pipemap', name, context);
    return {
      name: `pipemap:${name}`,
      isPattern: tables.some(({ isPattern }) => isPattern),
      async lookup(key): Promise<LookupResult> {
        let value = key;
        for (const table of tables) {
          const result = await table.lookup(value);
          if (result.is !== 'found') return result;
          value = result.value;
        }
        return { is: 'found', value };
      },
      close: () => undefined,
    };
  },
};

export const unionmap: DictType = {
  name: 'unionmap',
  open(name, context) {
    const tables = parts('unionmap', name, context);
    return {
      name: `unionmap:${name}`,
      isPattern: tables.some(({ isPattern }) => isPattern),
      async lookup(key): Promise<LookupResult> {
        const values: string[] = [];
        for (const table of tables) {
          const result = await table.lookup(key);
          if (result.is === 'error') return result;
          if (result.is === 'found') values.push(result.value);
        }
        return values.length === 0 ? { is: 'not-found' } : { is: 'found', value: values.join(',') };
      },
      close: () => undefined,
    };
  },
};
