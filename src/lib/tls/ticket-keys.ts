/**
 * tls/ticket-keys - session tickets that any worker can open, sealed with keys that change.
 *
 * The first key seals, all of them open; a ticket of an older key is opened and replaced. So clients resume across
 * worker processes, restarts of a worker, and reloads. Postfix: tls_mgr.c. Standards: RFC 5077, RFC 8446 section 4.6.1.
 */
import { randomBytes } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import type { TicketKey } from './material.js';

const keyLength = 48;
const nameLength = 16;
const ivLength = 16;

export function newTicketKey(): TicketKey {
  return randomBytes(keyLength).toString('base64');
}

/** A new first key; of the old ones so many that a ticket can be opened for at least one period. */
export function rotated(keys: readonly TicketKey[]): TicketKey[] {
  return [newTicketKey(), ...keys.slice(0, 1)];
}

/** What OpenSSL's callback is told: -1 trouble, 0 unknown key, 1 opened, 2 opened and to be replaced. */
type CallbackResult = readonly [
  status: number,
  hmac: Buffer,
  aes: Buffer,
  name: Buffer,
  iv: Buffer,
];

/** The part of Node's native context that its own tests use for several keys; absent in a later Node, one key serves. */
interface NativeContext {
  enableTicketKeyCallback?: () => void;
  onticketkeycallback?: (name: Buffer, iv: Buffer, sealing: boolean) => CallbackResult;
}

/** Lets a context seal with the first key and open with all. `keys` is asked at each ticket. */
export function useTicketKeys(context: SecureContext, keys: () => readonly TicketKey[]): void {
  const native = context.context as NativeContext;
  if (typeof native.enableTicketKeyCallback !== 'function') return;
  let known: readonly TicketKey[] = [];
  let parsed: Buffer[] = [];
  const current = (): Buffer[] => {
    const now = keys();
    if (now !== known) {
      known = now;
      parsed = now.map((key) => Buffer.from(key, 'base64'));
    }
    return parsed;
  };
  native.onticketkeycallback = (name, iv, sealing) => {
    const all = current();
    const index = sealing ? 0 : all.findIndex((key) => key.subarray(0, nameLength).equals(name));
    const key = all[index];
    if (!key) return [0, empty, empty, empty, empty];
    return [
      index === 0 ? 1 : 2,
      key.subarray(nameLength, 2 * nameLength),
      key.subarray(2 * nameLength, keyLength),
      sealing ? key.subarray(0, nameLength) : name,
      sealing ? randomBytes(ivLength) : iv,
    ];
  };
  native.enableTicketKeyCallback();
}

const empty = Buffer.alloc(16);

/** The one key of `ticketKeys`, for a Node without the callback. */
export function singleTicketKey(keys: readonly TicketKey[]): Buffer | undefined {
  const [first] = keys;
  return first === undefined ? undefined : Buffer.from(first, 'base64');
}
