/**
 * sys/user - accounts of this machine, through libc, so that LDAP and the like count as they do for other programs.
 *
 * Not found and not answered are told apart: mail for an account that a directory server cannot look up just now must
 * wait. Without libc: /etc/passwd. Answers are kept for a few seconds, and their number is bounded.
 */
import { readFileSync } from 'node:fs';
import { foreign, libcFunction, systemError } from './libc.js';

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
const maxName = 256;

const kept = new Map<string, { readonly user: User | undefined; readonly until: number }>();

/** Undefined: no such account. @throws the account database does not answer: try later */
export function lookupUser(name: string): User | undefined {
  if (name === '' || name.length > maxName || name.includes('\0')) return undefined;
  return remembered(`n${name}`, () => find('getpwnam_r', name, (user) => user.name === name));
}

/** As lookupUser, by number. */
export function lookupUid(uid: number): User | undefined {
  return remembered(`u${uid}`, () => find('getpwuid_r', uid, (user) => user.uid === uid));
}

/** What was remembered is asked again; for tests and for programs that make accounts. */
export function forgetUsers(): void {
  kept.clear();
}

function remembered(key: string, ask: () => User | undefined): User | undefined {
  const now = performance.now();
  const found = kept.get(key);
  if (found && found.until > now) return found.user;
  const user = ask();
  if (kept.size >= maxKept) kept.clear();
  kept.set(key, { user, until: now + keepMs });
  return user;
}

function find(
  call: 'getpwnam_r' | 'getpwuid_r',
  key: string | number,
  matches: (user: User) => boolean,
): User | undefined {
  const ask = libcLookup(call);
  return ask ? ask(key) : accountsOfFile().find(matches);
}

type Lookup = (key: string | number) => User | undefined;

const lookups = new Map<string, Lookup | undefined>();

/** Undefined: no libc here, or none whose structures we know. */
function libcLookup(call: 'getpwnam_r' | 'getpwuid_r'): Lookup | undefined {
  if (!lookups.has(call)) {
    try {
      lookups.set(call, process.platform === 'linux' ? openLookup(call) : undefined);
    } catch {
      lookups.set(call, undefined);
    }
  }
  return lookups.get(call);
}

interface Passwd {
  readonly pw_name: string;
  readonly pw_uid: number;
  readonly pw_gid: number;
  readonly pw_gecos: string | null;
  readonly pw_dir: string | null;
  readonly pw_shell: string | null;
}

let passwdType: unknown;

function openLookup(call: string): Lookup {
  const koffi = foreign();
  passwdType ??= koffi.struct('hikyaku_passwd', {
    pw_name: 'const char *',
    pw_passwd: 'const char *',
    pw_uid: 'uint32_t',
    pw_gid: 'uint32_t',
    pw_gecos: 'const char *',
    pw_dir: 'const char *',
    pw_shell: 'const char *',
  });
  const key = call === 'getpwnam_r' ? 'const char *' : 'uint32_t';
  const ask = libcFunction(
    `int ${call}(${key}, _Out_ hikyaku_passwd *, void *, size_t, _Out_ void **)`,
  );
  return (wanted) => {
    for (let size = 4096; ; size *= 4) {
      const found = {} as Passwd;
      const result: unknown[] = [null];
      const errno = ask(wanted, found, Buffer.alloc(size), size, result);
      if (errno === ERANGE && size < 1_000_000) continue;
      // getpwnam(3): these, too, stand for "not found".
      if (errno !== 0 && ![ENOENT, ESRCH, EBADF, EPERM].includes(errno))
        throw systemError(call, String(wanted), errno);
      return errno !== 0 || result[0] === null ? undefined : userOf(found);
    }
  };
}

const EPERM = 1;
const ENOENT = 2;
const ESRCH = 3;
const EBADF = 9;
const ERANGE = 34;

function userOf(found: Passwd): User {
  return {
    name: found.pw_name,
    uid: found.pw_uid,
    gid: found.pw_gid,
    home: found.pw_dir ?? '',
    shell: found.pw_shell ?? '',
    fullName: fullNameOf(found.pw_gecos ?? ''),
  };
}

function fullNameOf(gecos: string): string {
  return (gecos.split(',')[0] ?? '').trim();
}

function accountsOfFile(): User[] {
  return parsePasswd(readFileSync('/etc/passwd', 'utf8'));
}

/** passwd(5); lines that are none are left out. */
export function parsePasswd(text: string): User[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = '', gecos = '', home = '', shell = ''] = line.split(':');
    if (name === '' || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) return [];
    return [{ name, uid: Number(uid), gid: Number(gid), home, shell, fullName: fullNameOf(gecos) }];
  });
}
