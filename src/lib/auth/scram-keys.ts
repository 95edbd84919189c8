/** auth/scram-keys - what a server keeps of a password for SCRAM. RFC 5802 section 3. */
import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { prepared } from './prepare.js';

export type ScramHash = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

export interface ScramKeys {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** RFC 7677 section 4 asks for 4096 at least; Cyrus SASL uses it, too. */
export const leastIterations = 4096;
const saltBytes = 16;
const derive = promisify(pbkdf2);

export const hmac = (hash: ScramHash, key: Buffer, text: string): Buffer =>
  createHmac(hash, key).update(text).digest();

export const digest = (hash: ScramHash, bytes: Buffer): Buffer =>
  createHash(hash).update(bytes).digest();

export const digestLength = (hash: ScramHash): number => digest(hash, Buffer.alloc(0)).length;

export function saltedPassword(
  hash: ScramHash,
  password: string,
  salt: Buffer,
  iterations: number,
): Promise<Buffer> {
  return derive(prepared(password), salt, iterations, digestLength(hash), hash);
}

export async function makeScramKeys(
  hash: ScramHash,
  password: string,
  { salt = randomBytes(saltBytes), iterations = leastIterations } = {},
): Promise<ScramKeys> {
  const salted = await saltedPassword(hash, password, salt, iterations);
  return {
    salt,
    iterations,
    storedKey: digest(hash, hmac(hash, salted, 'Client Key')),
    serverKey: hmac(hash, salted, 'Server Key'),
  };
}

/** Keys that nobody has the password of: always the same for one name, as those of a real account would be. */
export function fakeScramKeys(
  hash: ScramHash,
  secret: Buffer,
  name: string,
  iterations: number,
): ScramKeys {
  const salt = hmac('sha256', secret, `salt ${name}`).subarray(0, saltBytes);
  const key = hmac(hash, secret, `key ${name}`);
  return { salt, iterations, storedKey: key, serverKey: key };
}
