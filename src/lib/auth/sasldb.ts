/**
 * auth/sasldb - sasldb2, the account file of Cyrus SASL: a Berkeley DB hash file.
 *
 * Key `user NUL realm NUL userPassword`, value the password in clear. Debian's saslpasswd2 writes what we read, and
 * reads what we write. Counterpart for those who start fresh: auth/safe-store.
 */
import { buildHash } from '../dict/bdb/hash-writer.js';
import { openHash } from '../dict/bdb/hash-reader.js';
import { openTableFile } from '../dict/file/pages.js';
import type { Entry } from '../dict/file/format.js';
import type { Account } from './login.js';

export const passwordProperty = 'userPassword';

export const sasldbKey = ({ user, realm }: Account, property = passwordProperty): Buffer =>
  Buffer.from(`${user}\0${realm}\0${property}`);

export interface SasldbRow extends Account {
  readonly property: string;
  readonly value: Buffer;
}

/** Undefined: no key of a sasldb. */
export function parseSasldbKey(key: Buffer): (Account & { readonly property: string }) | undefined {
  const parts = key.toString('utf8').split('\0');
  const [user, realm, property] = parts;
  if (parts.length !== 3 || user === undefined || realm === undefined || property === undefined)
    return undefined;
  return { user, realm, property };
}

/** @throws {Error} the file cannot be read, or is damaged */
export function readSasldb(file: string): SasldbRow[] {
  const reader = openHash(openTableFile(file));
  try {
    const rows: SasldbRow[] = [];
    for (const [key, value] of reader.entries()) {
      const parsed = parseSasldbKey(key);
      if (parsed) rows.push({ ...parsed, value: Buffer.from(value) });
    }
    return rows;
  } finally {
    reader.close();
  }
}

/** The parts of the file, in order. */
export function buildSasldb(rows: readonly SasldbRow[]): Buffer[] {
  return buildHash(rows.map((row): Entry => [sasldbKey(row, row.property), row.value]));
}
