/**
 * auth/backend - who knows the passwords: saslauthd, sasldb, the safe store.
 *
 * `offers` says which proofs it can check; a mechanism is offered only where its proof is among them. Answers for
 * unknown accounts take the time and the steps that those for known ones take.
 */
import type { ScramHash, ScramKeys } from './scram-keys.js';

/** `password`: compare a password; `secret`: hand out the password itself; the others: SCRAM keys. */
export type Proof = 'password' | 'secret' | `scram:${ScramHash}`;

export type PasswordCheck =
  | { readonly is: 'right' }
  | { readonly is: 'wrong'; readonly detail?: string }
  | { readonly is: 'trouble'; readonly detail: string };

export type Found<Value> =
  | { readonly is: 'found'; readonly value: Value }
  | { readonly is: 'unknown' }
  | { readonly is: 'trouble'; readonly detail: string };

export interface BackEnd {
  readonly name: string;
  readonly offers: ReadonlySet<Proof>;
  /** Of the SCRAM keys it hands out: those made up for unknown names must have as many. */
  readonly scramIterations: number;
  /** @param user full name: `ann`, or `ann@example.org` */
  checkPassword(user: string, password: string): Promise<PasswordCheck>;
  secret(user: string): Promise<Found<string>>;
  scramKeys(user: string, hash: ScramHash): Promise<Found<ScramKeys>>;
}

/** A back end that cannot do it; the mechanism table keeps it from being asked. */
export const cannot = {
  is: 'trouble',
  detail: 'the back end cannot check this mechanism',
} as const;
