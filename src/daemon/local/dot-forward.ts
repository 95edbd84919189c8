/**
 * local/dot-forward - the first of forward_path's files that the user has, read with the user's rights.
 *
 * It must be a plain file of the user or of root that not everyone may write; anything else is said in the log, and
 * the mail goes to the mailbox. Postfix: dotforward.c of local(8).
 */
import { splitList } from '../../lib/util/list.js';
import type { User } from '../../lib/sys/user.js';
import type { LocalCore, Position } from './core.js';
import { expandFor, macrosOf } from './expand.js';
import type { Place } from './place.js';
import { contextOf } from './rights.js';
import { parseTargetFile, type Target } from './targets.js';

const maxBytes = 1024 * 1024;

export interface DotForward {
  readonly targets: readonly Target[];
  /** Its name has the address's extension in it. */
  readonly tookExtension: boolean;
}

/** Undefined: none that counts. @throws the helper is not to be had */
export async function readDotForward(
  core: LocalCore,
  position: Position,
  user: User,
  place: Place,
): Promise<DotForward | undefined> {
  const { settings, users, log } = core;
  const templates = splitList(settings.forward_path);
  // Root's helper reads no files: root's mail is for an alias.
  if (templates.length === 0 || user.uid === 0) return undefined;
  const macros = macrosOf(position.address, place, user);
  const filter = settings.forward_expansion_filter;
  const worker = await users.for(contextOf(user));
  const tried = new Set<string>();
  for (const template of templates) {
    const path = expandFor(template, macros, filter);
    if (path === '' || tried.has(path)) continue;
    tried.add(path);
    const file = await worker.readFile(path, { maxBytes, followLinks: false });
    switch (file.is) {
      case 'missing':
        continue;
      case 'refused':
        log.warning(`file ${path} ${file.text}`);
        continue;
      case 'failed':
        if (file.call === 'open') log.warning(`cannot open file ${path}: ${file.text}`);
        continue;
      case 'file': {
        if (file.uid !== user.uid && file.uid !== 0) {
          log.warning(`file ${path} has bad owner uid ${file.uid}`);
          continue;
        }
        const plain = expandFor(template, { ...macros, extension: undefined }, filter);
        return { targets: parseTargetFile(file.text), tookExtension: plain !== path };
      }
    }
  }
  return undefined;
}
