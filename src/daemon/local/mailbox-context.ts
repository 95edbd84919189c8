/** local/mailbox-context - a user as the mailbox helpers are asked for it. */
import type { UserContext } from '../../lib/ipc/conversation/mailbox.js';
import type { Rights } from './core.js';

export function contextOf(rights: Rights): UserContext {
  return {
    name: rights.name,
    uid: rights.uid,
    gid: rights.gid,
    directory: rights.home === '' ? '/' : rights.home,
  };
}
