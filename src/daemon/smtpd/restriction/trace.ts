/**
 * restriction/trace - what each restriction looked at and said, in the order in which they answered.
 *
 * The same evaluation serves: a service whose tables and resolver tell `onLookup` is one with a trace, others pay nothing.
 * One session at a time.
 */
import type { LookupListener, LookupRecord } from '../../../lib/dict/lookup-record.js';
import type { Verdict } from './verdict.js';

export interface TraceEntry {
  /** The list, or the restriction class, in which the restriction stands. */
  readonly setting: string;
  /** Of the setting: `main.cf line 12`; undefined: its default. */
  readonly origin: string | undefined;
  readonly restriction: string;
  readonly argument: string;
  /** Only its own: what a list that a table names looked at stands with that list's restrictions. */
  readonly lookups: readonly LookupRecord[];
  readonly verdict: Verdict;
  /** 0, or in how many classes and tables' lists the restriction stands. */
  readonly depth: number;
}

export type Traced = Pick<TraceEntry, 'setting' | 'origin' | 'restriction' | 'argument'>;

const maxEntries = 10_000; // restrictions of one session, and look-ups of one restriction

export class Trace {
  readonly entries: TraceEntry[] = [];
  /** Look-ups outside any restriction: addresses, routes, lists of clients. */
  readonly others: LookupRecord[] = [];
  readonly #open: LookupRecord[][] = [];

  readonly onLookup: LookupListener = (record) => {
    const list = this.#open.at(-1) ?? this.others;
    if (list.length < maxEntries) list.push(record);
  };

  /** Runs a restriction; what it looks up is its own. */
  async of(what: Traced, run: () => Promise<Verdict>): Promise<Verdict> {
    const lookups: LookupRecord[] = [];
    this.#open.push(lookups);
    try {
      const verdict = await run();
      const depth = this.#open.length - 1;
      if (this.entries.length < maxEntries) this.entries.push({ ...what, lookups, verdict, depth });
      return verdict;
    } finally {
      this.#open.pop();
    }
  }
}
