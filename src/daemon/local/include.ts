/**
 * local/include - an `:include:` list.
 *
 * In a user's .forward it is read as that user. In an alias table of root it is read with the rights of its own owner,
 * or, when that is root, as the mail system: never as root, so a list must be readable by its owner or by everyone.
 * Postfix (which reads such a list as root): include.c of local(8).
 */
import { statSync } from 'node:fs';
import process from 'node:process';
import { readUserFile } from '../../lib/agent/mailbox/read-file.js';
import type { UserFile } from '../../lib/ipc/conversation/mailbox.js';
import type { LocalCore, Rights } from './core.js';
import { contextOf, rightsOfOwner, rightsOrDefault } from './rights.js';

const options = { maxBytes: 16 * 1024 * 1024, followLinks: true };

export type Include =
  | {
      readonly is: 'list';
      readonly text: string;
      /** Its owner's; undefined: root's. */
      readonly rights: Rights | undefined;
    }
  | { readonly is: 'refused'; readonly text: string };

/** @throws the helper is not to be had */
export async function readInclude(
  core: LocalCore,
  reader: Rights | undefined,
  path: string,
): Promise<Include> {
  if (!path.startsWith('/'))
    return { is: 'refused', text: `:include:${path} uses a relative path` };
  const owner = reader ? undefined : ownerOf(path);
  const file = await read(core, reader, owner, path);
  switch (file.is) {
    case 'file':
      if (owner !== undefined && file.uid !== owner)
        return {
          is: 'refused',
          text: `:include: file ${path} changed its owner while it was read`,
        };
      return { is: 'list', text: file.text, rights: rightsOfOwner(file.uid) };
    case 'missing':
      return {
        is: 'refused',
        text: `unable to lookup :include: file ${path}: No such file or directory`,
      };
    case 'refused':
      return { is: 'refused', text: `:include: file ${path} ${file.text}` };
    case 'failed':
      return { is: 'refused', text: `unable to ${file.call} :include: file ${path}: ${file.text}` };
  }
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}

async function read(
  { settings, users }: LocalCore,
  reader: Rights | undefined,
  owner: number | undefined,
  path: string,
): Promise<UserFile> {
  const isRoot = process.geteuid?.() === 0;
  if (!reader && owner === 0 && !isRoot) return readUserFile(path, options);
  const rights = rightsOrDefault(
    settings,
    reader ?? (owner === undefined ? undefined : rightsOfOwner(owner)),
  );
  const worker = await users.for(contextOf(rights));
  return worker.readFile(path, options);
}
