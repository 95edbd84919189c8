/** dict/named-tables - the files of the tables that main.cf and master.cf name, for those who must read them early. */
import type { Configuration } from '../config/load.js';
import { dictTypes } from './types.js';
import { splitSpec } from './open.js';

const kinds = dictTypes.filter(({ file }) => file !== undefined).map(({ name }) => name);
// Comments may name tables, too: one more file to look at does no harm.
const typedName = new RegExp(`(?<![\\w-])(?:${kinds.join('|')}):[^\\s,{}"]+`, 'g');
const untypedName = /^\w+_maps[ \t]*=[ \t]*((?:(?:\/|\$)[^\s,:{}"]+[\s,]*)+)/gm;

/** Absolute paths, each once; `.db` and the like included. */
export function namedTableFiles({ settings, sources }: Configuration): string[] {
  const text = `${sources.main}\n${sources.master}`;
  const specs = [
    ...(text.match(typedName) ?? []),
    ...[...text.matchAll(untypedName)].flatMap((found) => found[1]?.trim().split(/[\s,]+/) ?? []),
  ];
  const files = specs.flatMap((spec) => {
    try {
      const { type, name } = splitSpec(
        settings.source.expand(spec),
        settings.default_database_type,
      );
      const file = dictTypes.find((row) => row.name === type)?.file?.(name);
      return file?.startsWith('/') === true ? [file] : [];
    } catch {
      return []; // whoever opens it says what is wrong
    }
  });
  return [...new Set(files)];
}
