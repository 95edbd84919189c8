/**
 * sys/user - accounts of this machine, through libc, so that LDAP and the like count as they do for other programs.
 *
 * Without libc: /etc/passwd. Answers are kept for a few seconds, and their number is bounded.
 */
import { readFileSync } from 'node:fs';
import koffi from 'koffi';
import { libcFunction } from './libc.js';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  readonly fullName: string;
}

const keepMs = 10_000;
const maxKept = 10_000;

const kept = new Map<string, { readonly user: User | undefined; readonly until: number }>();

/** Undefined: no such account. */
export function lookupUser(name: string): User | undefined {
  if (name === '' || name.includes('\0')) return undefined;
  return remembered(
    `n${name}`,
    () => fromLibc('getpwnam', name) ?? fromFile((user) => user.name === name),
  );
}

export function lookupUid(uid: number): User | undefined {
  return remembered(
    `u${uid}`,
    () => fromLibc('getpwuid', uid) ?? fromFile((user) => user.uid === uid),
  );
}

function remembered(key: string, find: () => User | undefined): User | undefined {
  const now = performance.now();
  const found = kept.get(key);
  if (found && found.until > now) return found.user;
  if (kept.size >= maxKept) kept.clear();
  const user = find();
  kept.set(key, { user, until: now + keepMs });
  return user;
}

interface Passwd {
  readonly pw_name: string;
  readonly pw_uid: number;
  readonly pw_gid: number;
  readonly pw_gecos: string;
  readonly pw_dir: string;
  readonly pw_shell: string;
}

let passwdType: ReturnType<typeof koffi.struct> | undefined;

function fromLibc(call: 'getpwnam' | 'getpwuid', key: string | number): User | undefined {
  if (process.platform !== 'linux') return undefined; // the layout below is Linux's
  try {
    passwdType ??= koffi.struct('hikyaku_passwd', {
      pw_name: 'const char *',
      pw_passwd: 'const char *',
      pw_uid: 'uint32_t',
      pw_gid: 'uint32_t',
      pw_gecos: 'const char *',
      pw_dir: 'const char *',
      pw_shell: 'const char *',
    });
    const argument = call === 'getpwnam' ? 'const char *' : 'uint32_t';
    const pointer: unknown = libcFunction(`void *${call}(${argument})`)(key);
    if (pointer === null) return undefined;
    const found = koffi.decode(pointer, passwdType) as Passwd;
    return {
      name: found.pw_name,
      uid: found.pw_uid,
      gid: found.pw_gid,
      home: found.pw_dir,
      shell: found.pw_shell,
      fullName: (found.pw_gecos.split(',')[0] ?? '').trim(),
    };
  } catch {
    return undefined; // no libc: the file is asked
  }
}

function fromFile(matches: (user: User) => boolean): User | undefined {
  let text: string;
  try {
    text = readFileSync('/etc/passwd', 'utf8');
  } catch {
    return undefined;
  }
  for (const line of text.split('\n')) {
    const [name = '', , uid = '', gid = '', gecos = '', home = '', shell = ''] = line.split(':');
    if (name === '' || !/^\d+$/.test(uid)) continue;
    const user: User = {
      name,
      uid: Number(uid),
      gid: Number(gid),
      home,
      shell,
      fullName: (gecos.split(',')[0] ?? '').trim(),
    };
    if (matches(user)) return user;
  }
  return undefined;
}
