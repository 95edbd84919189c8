/**
 * sys/group - the number of a group of this machine, through libc; without it, by /etc/group.
 *
 * Counterpart: sys/user.
 */
import { readFileSync } from 'node:fs';
import { foreign, libcFunction, systemError } from './libc.js';

const ERANGE = 34;
const maxName = 256;

/** Undefined: no such group. @throws the account database does not answer: try later */
export function lookupGroup(name: string): number | undefined {
  if (name === '' || name.length > maxName || name.includes('\0')) return undefined;
  const ask = libcLookup();
  return ask ? ask(name) : groupOfFile(name);
}

type Lookup = (name: string) => number | undefined;

let lookup: Lookup | undefined;
let wasTried = false;

function libcLookup(): Lookup | undefined {
  if (wasTried) return lookup;
  wasTried = true;
  try {
    lookup = process.platform === 'linux' ? openLookup() : undefined;
  } catch {
    lookup = undefined;
  }
  return lookup;
}

function openLookup(): Lookup {
  foreign().struct('hikyaku_group', {
    gr_name: 'const char *',
    gr_passwd: 'const char *',
    gr_gid: 'uint32_t',
    gr_mem: 'void *',
  });
  const ask = libcFunction(
    'int getgrnam_r(const char *, _Out_ hikyaku_group *, void *, size_t, _Out_ void **)',
  );
  return (name) => {
    for (let size = 4096; ; size *= 4) {
      const found: { gr_gid?: number } = {};
      const result: unknown[] = [null];
      const errno = ask(name, found, Buffer.alloc(size), size, result);
      if (errno === ERANGE && size < 1_000_000) continue;
      // getgrnam(3): ENOENT, ESRCH, EBADF and EPERM, too, stand for "not found".
      if (errno !== 0 && ![1, 2, 3, 9].includes(errno))
        throw systemError('getgrnam_r', name, errno);
      return errno !== 0 || result[0] === null ? undefined : found.gr_gid;
    }
  };
}

function groupOfFile(name: string): number | undefined {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((row) => row.startsWith(`${name}:`));
  const gid = line?.split(':')[2] ?? '';
  return /^\d+$/.test(gid) ? Number(gid) : undefined;
}
