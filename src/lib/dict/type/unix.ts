/** dict/type/unix - `unix:passwd.byname` and `unix:group.byname`: the accounts of this machine. */
import { readFileSync } from 'node:fs';
import { lookupUser } from '../../sys/user.js';
import type { LookupResult } from '../dict.js';
import { type DictType, TableError } from '../type.js';

const lookups: Readonly<Record<string, (key: string) => string | undefined>> = {
  'passwd.byname': (key) => {
    const user = lookupUser(key);
    return (
      user && `${user.name}:x:${user.uid}:${user.gid}:${user.fullName}:${user.home}:${user.shell}`
    );
  },
  'group.byname': (key) =>
    readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((line) => line.startsWith(`${key}:`)),
};

export const unix: DictType = {
  name: 'unix',
  open(name) {
    const find = lookups[name];
    if (!find) throw new TableError(`unknown table: unix:${name}`);
    return {
      name: `unix:${name}`,
      isPattern: false,
      lookup(key): LookupResult {
        try {
          const value = find(key.toLowerCase()) ?? find(key);
          return value === undefined ? { is: 'not-found' } : { is: 'found', value };
        } catch (error) {
          return { is: 'error', reason: (error as Error).message };
        }
      },
      close: () => undefined,
    };
  },
};
