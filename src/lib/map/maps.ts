/**
 * map/maps - a list of lookup tables asked in order (`virtual_alias_maps`, `transport_maps`, ...).
 *
 * Postfix: maps(3).
 */
import type { Dict } from '../dict/dict.js';
import type { DictOpener, OpenOptions } from '../dict/opener.js';
import { splitList } from '../util/list.js';
import { LookupError } from './match-list.js';

export interface Maps {
  readonly isEmpty: boolean;
  /** Value of the first table that has the key. `exactOnly`: pattern tables are not asked. @throws {LookupError} */
  find(key: string, options?: { readonly noPatterns?: boolean }): Promise<string | undefined>;
}

/** @param setting the parameter or restriction that names the tables */
export function openMaps(
  text: string,
  dicts: DictOpener,
  setting: string,
  options?: OpenOptions,
): Maps {
  const tables: Dict[] = splitList(text).map((spec) => dicts.open(spec, options));
  return {
    isEmpty: tables.length === 0,
    async find(key, options) {
      for (const table of tables) {
        if (options?.noPatterns === true && table.isPattern) continue;
        const result = await table.lookup(key);
        dicts.onLookup?.({ setting, table: table.name, key, result });
        if (result.is === 'found') return result.value;
        if (result.is === 'error') throw new LookupError(`table ${table.name}: ${result.reason}`);
      }
      return undefined;
    },
  };
}

/** Tables whose results name transports, commands or files: no parts of the key come into them. */
export function openLiteralMaps(text: string, dicts: DictOpener, setting: string): Maps {
  return openMaps(text, dicts, setting, { literalResults: true });
}
