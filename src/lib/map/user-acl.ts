/**
 * map/user-acl - authorized_mailq_users and the like: which local users may do a thing.
 *
 * Root, mail_owner and whoever runs the server always may. Who has no login name is `unknown`. A table in trouble
 * means no. Postfix: user_acl.c, postconf(5) authorized_mailq_users.
 */
import process from 'node:process';
import type { DictOpener } from '../dict/opener.js';
import type { Log } from '../log/log.js';
import { lookupUid, lookupUser } from '../sys/user.js';
import { stringList } from './match-list.js';

export interface UserAcl {
  /** @param uid undefined: the system cannot tell who it is */
  allows(uid: number | undefined): Promise<boolean>;
}

interface UserAclParts {
  /** Name of the parameter, for the log. */
  readonly parameter: string;
  readonly list: string;
  readonly mailOwner: string;
  readonly dicts: DictOpener;
  readonly log: Log;
}

export function createUserAcl({ parameter, list, mailOwner, dicts, log }: UserAclParts): UserAcl {
  const users = stringList(list, dicts, parameter);
  const owner = process.getuid?.();
  return {
    async allows(uid) {
      // As in Postfix, `static:` stands for everyone, whatever is behind it.
      if (list.startsWith('static:')) return true;
      try {
        if (uid !== undefined && (uid === 0 || uid === owner || uid === lookupUser(mailOwner)?.uid))
          return true;
        const name = (uid === undefined ? undefined : lookupUid(uid)?.name) ?? 'unknown';
        return await users.match(name);
      } catch (error) {
        log.warning(`${parameter}: ${(error as Error).message}`);
        return false;
      }
    },
  };
}
