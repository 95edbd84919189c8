/**
 * sys/privilege - root is given up, once and for good.
 *
 * Invariant: after dropPrivileges() this process cannot become root again, or it has thrown.
 */
import { FatalError } from '../util/fatal-error.js';
import { sysexits } from '../util/sysexits.js';

export interface Identity {
  /** For its groups; '' for a bare number, which then has its own group only. */
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** With an empty name: groups besides its own. */
  readonly groups?: readonly number[];
}

/** @throws {FatalError} the process is not what it should be */
export function dropPrivileges({ name, uid, gid, groups = [] }: Identity): void {
  // @types/node does not know initgroups.
  const { initgroups } = process as { initgroups?: (user: string, extraGroup: number) => void };
  const { setgroups, setgid, setuid, getuid, geteuid, getgid } = process;
  if (!setgroups || !initgroups || !setgid || !setuid || !getuid || !geteuid || !getgid) {
    throw new FatalError('this system has no users', sysexits.osError);
  }
  if (name === '') setgroups([gid, ...groups]);
  else initgroups(name, gid);
  setgid(gid);
  setuid(uid);
  if (uid === 0) return;
  let isRootAgain = true;
  try {
    setuid(0);
  } catch {
    isRootAgain = false;
  }
  if (isRootAgain || getuid() !== uid || geteuid() !== uid || getgid() !== gid) {
    throw new FatalError(`could not become uid ${uid} for good`, sysexits.software);
  }
}

/** Does something that takes no time as that user, then is root again; without a user just does it. */
export function asUser<T>(
  user: { readonly uid: number; readonly gid: number } | undefined,
  work: () => T,
): T {
  const { setegid, seteuid } = process;
  if (!user || !setegid || !seteuid) return work();
  setegid(user.gid);
  try {
    seteuid(user.uid);
    return work();
  } finally {
    seteuid(0);
    setegid(0);
  }
}

/** As asUser, and without the groups that root is in. */
export function asUserAlone<T>(
  user: { readonly uid: number; readonly gid: number } | undefined,
  work: () => T,
): T {
  const { getgroups, setgroups } = process;
  if (!user || !getgroups || !setgroups) return work();
  const groups = getgroups();
  setgroups([user.gid]);
  try {
    return asUser(user, work);
  } finally {
    setgroups(groups);
  }
}
