/**
 * auth/safe-store - our own account file, which holds no passwords: SCRAM keys, and a salted scrypt hash.
 *
 * Told apart from sasldb2 by its first line. One JSON object a line and account, sorted, so that it can be compared
 * and restored by hand. It leaves PLAIN, LOGIN, SCRAM-SHA-1 and SCRAM-SHA-256 (and their -PLUS); CRAM-MD5 and
 * DIGEST-MD5 need passwords in clear.
 */
import { randomBytes, scrypt } from 'node:crypto';
import type { Account } from './login.js';
import { areEqual } from './equal.js';
import { prepared } from './prepare.js';
import { makeScramKeys, type ScramKeys } from './scram-keys.js';

export const safeStoreHead = 'hikyaku-accounts 1\n';

/** Hashes whose SCRAM keys are kept. */
export const keptHashes = ['sha1', 'sha256'] as const;
export type KeptHash = (typeof keptHashes)[number];

export interface ScryptHash {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallel: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

export interface SafeAccount extends Account {
  readonly scrypt: ScryptHash;
  readonly scram: Readonly<Record<KeptHash, ScramKeys>>;
}

// 32 MiB and some 80 ms of one core for each guess.
const cost = 2 ** 15;
const blockSize = 8;
const parallel = 1;
const saltBytes = 16;
const hashBytes = 32;
/** Of SCRAM: what phones bear. RFC 7677 section 4 wants 4096 at least. */
export const safeIterations = 10_000;
const maxMemory = 256 * 1024 * 1024;

export async function makeAccount(account: Account, password: string): Promise<SafeAccount> {
  const salt = randomBytes(saltBytes);
  const settings = { cost, blockSize, parallel, salt };
  const [hash, sha1, sha256] = await Promise.all([
    hashPassword(password, settings),
    makeScramKeys('sha1', password, { iterations: safeIterations }),
    makeScramKeys('sha256', password, { iterations: safeIterations }),
  ]);
  return { ...account, scrypt: { ...settings, hash }, scram: { sha1, sha256 } };
}

/** Undefined, for an account that is not there, takes as long. */
export async function isPassword(
  account: SafeAccount | undefined,
  password: string,
): Promise<boolean> {
  const settings = account?.scrypt ?? { cost, blockSize, parallel, salt: noSalt, hash: noHash };
  const hash = await hashPassword(password, settings);
  return areEqual(hash, settings.hash) && account !== undefined && password !== '';
}

const noSalt = Buffer.alloc(saltBytes);
const noHash = Buffer.alloc(hashBytes);

function hashPassword(password: string, settings: Omit<ScryptHash, 'hash'>): Promise<Buffer> {
  const options = {
    cost: settings.cost,
    blockSize: settings.blockSize,
    parallelization: settings.parallel,
    maxmem: maxMemory,
  };
  return new Promise((resolve, reject) => {
    scrypt(prepared(password), settings.salt, hashBytes, options, (error, hash) => {
      if (error) reject(error);
      else resolve(hash);
    });
  });
}

export function writeSafeStore(accounts: readonly SafeAccount[]): Buffer {
  const order = (one: SafeAccount, other: SafeAccount): number =>
    keyOf(one) < keyOf(other) ? -1 : 1;
  const lines = [...accounts].sort(order).map((account) => `${JSON.stringify(toJson(account))}\n`);
  return Buffer.from(safeStoreHead + lines.join(''));
}

/** @throws {Error} with the line that is damaged */
export function readSafeStore(content: Buffer): Map<string, SafeAccount> {
  const lines = content.toString('utf8').slice(safeStoreHead.length).split('\n');
  const accounts = new Map<string, SafeAccount>();
  lines.forEach((line, index) => {
    if (line === '') return;
    const account = fromJson(line);
    if (!account) throw new Error(`line ${index + 2} is damaged`);
    accounts.set(keyOf(account), account);
  });
  return accounts;
}

export const keyOf = ({ user, realm }: Account): string => `${user}\0${realm}`;

const isSafeStoreHead = Buffer.from(safeStoreHead);
export const isSafeStore = (head: Buffer): boolean =>
  head.subarray(0, isSafeStoreHead.length).equals(isSafeStoreHead);

function toJson({ user, realm, scrypt: hash, scram }: SafeAccount): object {
  const text = (bytes: Buffer): string => bytes.toString('base64');
  const keys = ({ salt, iterations: count, storedKey, serverKey }: ScramKeys): object => ({
    salt: text(salt),
    iterations: count,
    storedKey: text(storedKey),
    serverKey: text(serverKey),
  });
  return {
    user,
    realm,
    scrypt: { ...hash, salt: text(hash.salt), hash: text(hash.hash) },
    scram: { sha1: keys(scram.sha1), sha256: keys(scram.sha256) },
  };
}

type Json = Readonly<Record<string, unknown>>;

function fromJson(line: string): SafeAccount | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  try {
    const row = object(value);
    const hash = object(row['scrypt']);
    const scram = object(row['scram']);
    return {
      user: string(row['user']),
      realm: string(row['realm']),
      scrypt: {
        cost: number(hash['cost'], 2 ** 20),
        blockSize: number(hash['blockSize'], 32),
        parallel: number(hash['parallel'], 16),
        salt: bytes(hash['salt']),
        hash: bytes(hash['hash'], hashBytes),
      },
      scram: { sha1: scramKeys(scram['sha1'], 20), sha256: scramKeys(scram['sha256'], 32) },
    };
  } catch {
    return undefined;
  }
}

function scramKeys(value: unknown, length: number): ScramKeys {
  const keys = object(value);
  return {
    salt: bytes(keys['salt']),
    iterations: number(keys['iterations'], 10_000_000),
    storedKey: bytes(keys['storedKey'], length),
    serverKey: bytes(keys['serverKey'], length),
  };
}

function object(value: unknown): Json {
  if (typeof value !== 'object' || value === null) throw new TypeError('no object');
  return value as Json;
}

function string(value: unknown): string {
  if (typeof value !== 'string' || value.includes('\0')) throw new TypeError('no text');
  return value;
}

function number(value: unknown, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most)
    throw new TypeError('no number');
  return value;
}

function bytes(value: unknown, length?: number): Buffer {
  const decoded = Buffer.from(string(value), 'base64');
  if (decoded.length === 0 || (length !== undefined && decoded.length !== length))
    throw new TypeError('wrong length');
  return decoded;
}
