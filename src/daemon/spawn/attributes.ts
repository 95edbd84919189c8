/**
 * spawn/attributes - the words behind `spawn` in master.cf, user= and argv=, and whose rights they give.
 *
 * Standard: spawn(8), COMMAND ATTRIBUTE SYNTAX. Postfix: get_service_attr() of spawn.c.
 */
import type { Settings } from '../../lib/config/settings.js';
import { lookupGroup } from '../../lib/sys/group.js';
import { lookupUser } from '../../lib/sys/user.js';

export interface SpawnAttributes {
  readonly argv: readonly string[];
  readonly uid: number;
  readonly gid: number;
}

/** Why a line of master.cf cannot be used; the text completes `master.cf line 12: `. */
export class AttributeError extends Error {}

/** @throws {AttributeError} */
export function readAttributes(
  args: readonly string[],
  settings: Pick<Settings, 'mail_owner'>,
): SpawnAttributes {
  const { user, argv } = parseAttributes(args);
  return { argv, ...rightsOf(user, settings) };
}

function parseAttributes(args: readonly string[]): { user: string; argv: readonly string[] } {
  let user = '';
  for (const [index, word] of args.entries()) {
    if (/^user=/i.test(word)) user = word.slice('user='.length);
    else if (/^argv=/i.test(word)) {
      const first = word.slice('argv='.length);
      const argv = [...(first === '' ? [] : [first]), ...args.slice(index + 1)];
      if (user === '') throw new AttributeError('missing user= attribute');
      if (argv.length === 0) break;
      return { user, argv };
    } else {
      const hint = word.startsWith('-o') ? '; -o settings stand before user=' : '';
      throw new AttributeError(`unknown attribute name: ${word}${hint}`);
    }
  }
  throw new AttributeError(`missing ${user === '' ? 'user' : 'argv'}= attribute`);
}

/** `name` or `name:group`: never root's rights, and never the mail system's own. */
function rightsOf(
  user: string,
  settings: Pick<Settings, 'mail_owner'>,
): { uid: number; gid: number } {
  const [name = '', group = ''] = user.split(':', 2);
  const account = lookupUser(name);
  if (!account) throw new AttributeError(`unknown user name: ${name}`);
  const gid = group === '' ? account.gid : lookupGroup(group);
  if (gid === undefined) throw new AttributeError(`unknown group name: ${group}`);
  if (account.uid === 0) throw new AttributeError('request to deliver as root');
  const owner = lookupUser(settings.mail_owner);
  if (owner && account.uid === owner.uid)
    throw new AttributeError('request to deliver as mail system owner');
  if (gid === 0) throw new AttributeError('request to use privileged group id 0');
  if (owner && gid === owner.gid)
    throw new AttributeError(`request to use mail system owner group id ${gid}`);
  return { uid: account.uid, gid };
}
