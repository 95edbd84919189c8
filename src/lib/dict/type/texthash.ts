/** dict/type/texthash - the source file of a table, read as it is, without postmap. */
import { readFileSync } from 'node:fs';
import { errnoText } from '../../util/errno-text.js';
import { foldKey } from '../fold.js';
import { parseSource } from '../text/source.js';
import { type DictType, TableError } from '../type.js';
import { mapDict } from './fixed.js';

export const texthash: DictType = {
  name: 'texthash',
  file: (path) => path,
  open(name, context) {
    const entries = new Map<string, string>();
    for (const { key, value } of parseSource(readText(`texthash`, name)).entries) {
      // An alias file is read too: its names end in a colon.
      const plain = key.replace(/:$/, '');
      entries.set(context.fold ? foldKey(plain) : plain, value);
    }
    return mapDict(`texthash:${name}`, entries, context);
  },
};

/** @throws {TableError} */
export function readText(type: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new TableError(`open ${type}:${file}: ${errnoText(error)}`, { cause: error });
  }
}
