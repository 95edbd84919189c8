/**
 * dict/dict - one lookup table: a string to a string.
 *
 * How tables are used (lookup orders, match lists) is lib/map; the kinds are dict/type/*,
 * one row each in dict/types.ts. Postfix: dict(3), DATABASE_README.
 */

/** `error` is trouble that may pass (table unreadable, server down): the caller answers 4xx or defers. */
export type LookupResult =
  | { readonly is: 'found'; readonly value: string }
  | { readonly is: 'not-found' }
  | { readonly is: 'error'; readonly reason: string };

export interface Dict {
  /** `type:name` as written in main.cf, for logs. */
  readonly name: string;
  /** True where a lookup key is a pattern subject (regexp, pcre, cidr): no partial keys are tried. */
  readonly isPattern: boolean;
  /** Keys are folded to lower case where the type does so. Never throws. */
  lookup(key: string): LookupResult | Promise<LookupResult>;
  close(): void;
}

/** Tables that can be listed and written: postmap, postalias, newaliases. */
export interface WritableDict extends Dict {
  entries(): Iterable<readonly [key: string, value: string]>;
}
