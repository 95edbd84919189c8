/**
 * local/rights - with whose rights commands run and files are written. Never root's, never the mail system's own.
 *
 * Postfix's local(8), DELIVERY RIGHTS.
 */
import { statSync } from 'node:fs';
import type { Settings } from '../../lib/config/settings.js';
import type { UserContext } from '../../lib/ipc/conversation/mailbox.js';
import { lookupUid, lookupUser } from '../../lib/sys/user.js';
import type { Rights } from './core.js';

type RightsSettings = Pick<Settings, 'default_privs' | 'mail_owner'>;

/** Rights for a command or a file: the given ones, or default_privs. @throws no such account */
export function rightsOrDefault(settings: RightsSettings, given: Rights | undefined): Rights {
  if (given && given.uid !== 0 && given.uid !== lookupUser(settings.mail_owner)?.uid) return given;
  const user = lookupUser(settings.default_privs);
  if (!user || user.uid === 0 || settings.default_privs === settings.mail_owner)
    throw new Error(
      `default_privs = ${settings.default_privs}: no such account, root, or mail_owner; name an account of its own`,
    );
  return { name: user.name, uid: user.uid, gid: user.gid, home: '', shell: '' };
}

/** What the owner of a file may do; undefined for root, whose files give no rights. */
export function rightsOfOwner(uid: number): Rights | undefined {
  if (uid === 0) return undefined;
  const owner = lookupUid(uid);
  // An owner without an account has a number and no groups of ours: nothing that could be used.
  return owner && { name: owner.name, uid: owner.uid, gid: owner.gid, home: '', shell: '' };
}

const suffixes: Readonly<Record<string, string>> = {
  hash: '.db',
  btree: '.db',
  dbm: '.dir',
  sdbm: '.dir',
  cdb: '.cdb',
  lmdb: '.lmdb',
};

/** The owner's of the file behind `type:name`; undefined: root's, or no file. */
export function rightsOfTable(spec: string): Rights | undefined {
  const colon = spec.indexOf(':');
  const name = spec.slice(colon + 1);
  if (!name.startsWith('/')) return undefined;
  try {
    return rightsOfOwner(statSync(name + (suffixes[spec.slice(0, colon)] ?? '')).uid);
  } catch {
    return undefined;
  }
}

/** A user as the mailbox helpers are asked for it. */
export function contextOf(rights: Rights): UserContext {
  return {
    name: rights.name,
    uid: rights.uid,
    gid: rights.gid,
    directory: rights.home === '' ? '/' : rights.home,
  };
}
