/**
 * local/alias-rights - with whose rights an alias runs commands and writes files: its file's owner, or default_privs.
 *
 * Never root: Postfix's local(8), "EXTERNAL COMMAND DELIVERY".
 */
import { statSync } from 'node:fs';
import type { Settings } from '../../lib/config/settings.js';
import { lookupUid, lookupUser } from '../../lib/sys/user.js';
import { splitList } from '../../lib/util/list.js';
import type { Rights } from './core.js';

export function defaultRights(settings: Pick<Settings, 'default_privs'>): Rights {
  const user = lookupUser(settings.default_privs);
  if (!user || user.uid === 0)
    throw new Error(`default_privs = ${settings.default_privs}: no such account, or root`);
  // A home of such an account is no place to work in.
  return { name: user.name, uid: user.uid, gid: user.gid, home: '' };
}

export function aliasRights(settings: Pick<Settings, 'default_privs' | 'alias_maps'>): Rights {
  for (const spec of splitList(settings.alias_maps)) {
    const file = spec.slice(spec.indexOf(':') + 1);
    for (const candidate of [`${file}.db`, file]) {
      const uid = ownerOf(candidate);
      if (uid === undefined) continue;
      const owner = uid === 0 ? undefined : lookupUid(uid);
      if (owner) return { name: owner.name, uid: owner.uid, gid: owner.gid, home: owner.home };
      return defaultRights(settings);
    }
  }
  return defaultRights(settings);
}

function ownerOf(file: string): number | undefined {
  try {
    return statSync(file).uid;
  } catch {
    return undefined;
  }
}
