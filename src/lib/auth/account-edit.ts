/**
 * auth/account-edit - sets and removes accounts in a sasldb2 or a safe store; saslpasswd2's work.
 *
 * The file is replaced at once and under a lock, so that readers see either state and no change is lost. A new file
 * is a sasldb2, as everyone expects, unless its maker wants no passwords kept.
 */
import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openTableFile, readTableFile } from '../dict/file/pages.js';
import { replaceFile } from '../dict/file/replace.js';
import { tryLock } from '../sys/lock.js';
import { isSafeStore, keyOf, makeAccount, readSafeStore, writeSafeStore } from './safe-store.js';
import type { Account } from './login.js';
import { buildSasldb, passwordProperty, readSasldb } from './sasldb.js';

export type AccountChange =
  | { readonly is: 'set'; readonly password: string; readonly keepsClear: boolean }
  | { readonly is: 'remove' };

export type ChangeResult = 'done' | 'new-safe-store' | 'only-clear';

const newMode = 0o640;
const lockTries = 100;
const lockWaitMs = 50;

/** @throws {Error} the file cannot be read or written, or is damaged */
export async function changeAccount(
  file: string,
  account: Account,
  change: AccountChange,
): Promise<ChangeResult> {
  const release = await lock(file);
  try {
    const kind = kindOf(file);
    const isNew = kind === undefined;
    if (kind === 'safe' || (isNew && change.is === 'set' && !change.keepsClear)) {
      const accounts = isNew ? new Map() : readSafeStore(readTableFile(file));
      accounts.delete(keyOf(account));
      if (change.is === 'set')
        accounts.set(keyOf(account), await makeAccount(account, change.password));
      replaceFile(file, [writeSafeStore([...accounts.values()])], newMode);
      return isNew ? 'new-safe-store' : 'done';
    }
    if (change.is === 'set' && !change.keepsClear) return 'only-clear';
    if (isNew && change.is === 'remove') return 'done';
    const rows = (isNew ? [] : readSasldb(file)).filter(
      ({ user, realm, property }) =>
        user !== account.user ||
        realm !== account.realm ||
        (change.is === 'set' && property !== passwordProperty),
    );
    if (change.is === 'set') {
      const value = Buffer.from(change.password);
      rows.push({ ...account, property: passwordProperty, value });
    }
    replaceFile(file, buildSasldb(rows), newMode);
    return 'done';
  } finally {
    release();
  }
}

export interface ListedAccount extends Account {
  /** As sasldblistusers2 names what is kept of it. */
  readonly kept: string;
}

/** @throws {Error} the file cannot be read, or is damaged */
export function listAccounts(file: string): ListedAccount[] {
  if (kindOf(file) === 'safe')
    return [...readSafeStore(readTableFile(file)).values()].map(({ user, realm, scram }) => {
      const hashes = Object.keys(scram).map(
        (hash) => `SCRAM-${hash.toUpperCase().replace('SHA', 'SHA-')}`,
      );
      return { user, realm, kept: ['scrypt', ...hashes].join(', ') };
    });
  return readSasldb(file).map(({ user, realm, property }) => ({ user, realm, kept: property }));
}

/** Undefined: there is no such file, or it is empty. */
function kindOf(file: string): 'safe' | 'sasldb' | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found || (found.isFile() && found.size === 0)) return undefined;
  const table = openTableFile(file);
  table.close();
  return isSafeStore(table.head) ? 'safe' : 'sasldb';
}

/** Holds the file as it lies there now; who replaced it meanwhile is waited for. */
async function lock(file: string): Promise<() => void> {
  for (let tries = 0; tries < lockTries; tries += 1) {
    if (!statSync(file, { throwIfNoEntry: false })) return () => undefined;
    const descriptor = openSync(file, 'r');
    const mine = fstatSync(descriptor).ino;
    if (tryLock(descriptor) && statSync(file, { throwIfNoEntry: false })?.ino === mine)
      return () => closeSync(descriptor);
    closeSync(descriptor);
    await sleep(lockWaitMs);
  }
  throw new Error('is being changed by someone else');
}
