/** dict/lookup-record - what a decision looked at on its way: the entries that explain is made of. */
import type { LookupResult } from './dict.js';

/** One question to a table, to a list of main.cf, or to the DNS. */
export interface LookupRecord {
  /** The parameter or restriction that names the table or list; `DNS` for the DNS. */
  readonly setting: string;
  /** `hash:/etc/postfix/virtual`; the pattern of a list that matched (`192.0.2.0/24`), '' when none did; `MX`. */
  readonly table: string;
  readonly key: string;
  readonly result: LookupResult;
}

/** Told of each look-up, in order. */
export type LookupListener = (record: LookupRecord) => void;
