/**
 * pipe/rights - whose rights the command has: those of user=, and never root's or the mail system's own.
 *
 * Postfix: get_service_attr() of pipe.c.
 */
import type { Settings } from '../../lib/config/settings.js';
import type { UserContext } from '../../lib/ipc/conversation/mailbox.js';
import { lookupGroup } from '../../lib/sys/group.js';
import { lookupUser } from '../../lib/sys/user.js';
import { AttributeError, type PipeAttributes } from './attributes.js';

type Owners = Pick<Settings, 'mail_owner' | 'setgid_group'>;

/** @throws {AttributeError} no such account, or one that runs no commands */
export function contextOf(
  { user, group }: Pick<PipeAttributes, 'user' | 'group'>,
  settings: Owners,
): UserContext {
  const account = lookupUser(user);
  if (!account) throw new AttributeError(`unknown username: ${user}`);
  const gid = group === undefined ? account.gid : lookupGroup(group);
  if (gid === undefined) throw new AttributeError(`unknown group: ${group ?? ''}`);
  const owner = lookupUser(settings.mail_owner);
  const refuse = (what: string): never => {
    throw new AttributeError(`user= command-line attribute specifies ${what}`);
  };
  if (account.uid === 0) refuse('root privileges');
  if (account.uid === owner?.uid) refuse(`mail system owner ${settings.mail_owner}`);
  if (gid === 0) refuse('privileged group id 0');
  if (gid === owner?.gid) refuse(`mail system owner ${settings.mail_owner} group id ${gid}`);
  if (gid === lookupGroup(settings.setgid_group))
    refuse(`mail system ${settings.setgid_group} group id ${gid}`);
  return { name: account.name, uid: account.uid, gid, directory: '/' };
}
