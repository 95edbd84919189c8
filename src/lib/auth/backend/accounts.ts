/**
 * backend/accounts - checks logins against the file that sasldb_path names: sasldb2 or the safe store.
 *
 * Both are asked the same way; an account that is not there costs what one that is there costs.
 */
import { AccountFileError, type AccountFiles } from '../account-file.js';
import { type BackEnd, cannot, type Found, type Proof } from '../backend.js';
import { areEqual } from '../equal.js';
import { accountOf, type Realms } from '../login.js';
import { prepared } from '../prepare.js';
import { isPassword, keptHashes, keyOf, safeIterations } from '../safe-store.js';
import { sasldbKey } from '../sasldb.js';
import { leastIterations, makeScramKeys, type ScramHash, type ScramKeys } from '../scram-keys.js';

const sasldbProofs: ReadonlySet<Proof> = new Set<Proof>([
  'password',
  'secret',
  'scram:sha1',
  'scram:sha224',
  'scram:sha256',
  'scram:sha384',
  'scram:sha512',
]);
const safeProofs: ReadonlySet<Proof> = new Set<Proof>([
  'password',
  ...keptHashes.map((hash): Proof => `scram:${hash}`),
]);
const maxKeys = 1000;

export function createAccounts(files: AccountFiles, realms: Realms): BackEnd {
  const derive = keyCache();

  /** The password in clear of a sasldb account. @throws {AccountFileError} */
  function clearPassword(user: string): string | undefined {
    const file = files.current();
    if (file.is !== 'sasldb') return undefined;
    try {
      return file.reader.find(sasldbKey(accountOf(user, realms)))?.toString('utf8');
    } catch (error) {
      throw new AccountFileError(`${files.path}: ${(error as Error).message}`, { cause: error });
    }
  }

  return {
    name: files.path,
    get offers() {
      try {
        return files.current().is === 'safe' ? safeProofs : sasldbProofs;
      } catch {
        return sasldbProofs; // not there yet, or not readable: a login will say so
      }
    },
    get scramIterations() {
      try {
        return files.current().is === 'safe' ? safeIterations : leastIterations;
      } catch {
        return leastIterations;
      }
    },
    async checkPassword(user, password) {
      try {
        const file = files.current();
        if (file.is === 'safe') {
          const account = file.accounts.get(keyOf(accountOf(user, realms)));
          return { is: (await isPassword(account, password)) ? 'right' : 'wrong' };
        }
        const stored = clearPassword(user);
        const isEqual = areEqual(prepared(stored ?? ''), prepared(password));
        return { is: isEqual && stored !== undefined && stored !== '' ? 'right' : 'wrong' };
      } catch (error) {
        return inTrouble(error);
      }
    },
    async secret(user): Promise<Found<string>> {
      try {
        if (files.current().is === 'safe') return cannot;
        const value = clearPassword(user);
        return value === undefined ? { is: 'unknown' } : { is: 'found', value };
      } catch (error) {
        return inTrouble(error);
      }
    },
    async scramKeys(user, hash): Promise<Found<ScramKeys>> {
      try {
        const file = files.current();
        if (file.is === 'safe') {
          if (hash !== 'sha1' && hash !== 'sha256') return cannot;
          const account = file.accounts.get(keyOf(accountOf(user, realms)));
          return account ? { is: 'found', value: account.scram[hash] } : { is: 'unknown' };
        }
        const value = clearPassword(user);
        // Derived for unknown accounts, too: the same work.
        const keys = await derive(hash, user, value ?? '');
        return value === undefined || value === ''
          ? { is: 'unknown' }
          : { is: 'found', value: keys };
      } catch (error) {
        return inTrouble(error);
      }
    },
  };
}

function inTrouble(error: unknown): { readonly is: 'trouble'; readonly detail: string } {
  if (error instanceof AccountFileError) return { is: 'trouble', detail: error.message };
  throw error;
}

/** SCRAM keys of a clear password keep their salt between logins, as clients expect who keep keys themselves. */
function keyCache(): (hash: ScramHash, user: string, password: string) => Promise<ScramKeys> {
  const kept = new Map<string, { readonly password: string; readonly keys: Promise<ScramKeys> }>();
  return (hash, user, password) => {
    const key = `${hash} ${user}`;
    const known = kept.get(key);
    if (known?.password === password) return known.keys;
    if (kept.size >= maxKeys) kept.clear();
    const keys = makeScramKeys(hash, password, { iterations: leastIterations });
    kept.set(key, { password, keys });
    return keys;
  };
}
