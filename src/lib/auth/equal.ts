/** auth/equal - compares secrets in a time that does not tell where they differ, nor how long they are. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export function areEqual(one: Buffer | string, other: Buffer | string): boolean {
  const key = randomBytes(32);
  const hash = (value: Buffer | string): Buffer => createHmac('sha256', key).update(value).digest();
  return timingSafeEqual(hash(one), hash(other));
}
