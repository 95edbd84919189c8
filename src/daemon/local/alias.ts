/**
 * local/alias - looks names up in alias_maps.
 *
 * Postfix: alias.c of local(8). Standard: aliases(5).
 */
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Rewrite } from '../../lib/ipc/conversation/rewrite.js';
import { type Maps, openLiteralMaps } from '../../lib/map/maps.js';
import { splitList } from '../../lib/util/list.js';
import type { Rights } from './core.js';
import { rightsOfTable } from './rights.js';

export interface AliasTable {
  readonly spec: string;
  readonly maps: Maps;
}

/** A table each, for the one that has the name says whose rights its commands have. */
export function openAliases(text: string, dicts: DictOpener): AliasTable[] {
  return (
    splitList(text)
      // The file itself, not another process's view of it: its owner matters.
      .map((spec) => spec.replace(/^proxy:/, ''))
      .map((spec) => ({ spec, maps: openLiteralMaps(spec, dicts, 'alias_maps') }))
  );
}

/** @throws {LookupError} */
export async function findAlias(
  tables: readonly AliasTable[],
  name: string,
  options: { readonly noPatterns?: boolean } = {},
): Promise<{ readonly value: string; readonly rights: Rights | undefined } | undefined> {
  for (const { spec, maps } of tables) {
    const value = await maps.find(name, options);
    if (value !== undefined) return { value, rights: rightsOfTable(spec) };
  }
  return undefined;
}

/** The sender that an `owner-` alias names; undefined: there is none. @throws {LookupError} */
export async function aliasOwner(
  tables: readonly AliasTable[],
  name: string,
  settings: Pick<Settings, 'owner_request_special' | 'expand_owner_alias'>,
  rewrite: Rewrite,
): Promise<string | undefined> {
  if (!settings.owner_request_special) return undefined;
  const owner = `owner-${name}`;
  const found = await findAlias(tables, owner, { noPatterns: true });
  if (!found) return undefined;
  return rewrite.rewrite(settings.expand_owner_alias ? found.value.trim() : owner, 'local');
}
