/**
 * verify/cache - what is known of addresses, and for how long; pure but for its file.
 *
 * The file has a line of JSON an entry, `[address, status, updated, text]`; the last of an address counts. It is written
 * anew when it is read and when it has grown: what is lost with a crash is found out again. Postfix: verify.c.
 */
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Verification } from '../../lib/ipc/conversation/verify.js';

export type Known = Exclude<Verification['status'], 'pending'>;

export interface Entry {
  readonly status: Known;
  /** ms since 1970 */
  readonly updated: number;
  readonly text: string;
}

/** Seconds. */
export interface Ages {
  readonly address_verify_positive_expire_time: number;
  readonly address_verify_positive_refresh_time: number;
  readonly address_verify_negative_expire_time: number;
  readonly address_verify_negative_refresh_time: number;
}

const maxEntries = 200_000; // some 50 MB; the oldest goes
const maxText = 1000;
const statuses: readonly string[] = ['deliverable', 'deferred', 'undeliverable'];

export class Cache {
  readonly #ages: Ages;
  /** Undefined: in memory only. */
  readonly #file: string | undefined;
  readonly #trouble: (text: string) => void;
  readonly #entries = new Map<string, Entry>();
  #lines = 0;

  constructor(ages: Ages, file: string | undefined, trouble: (text: string) => void) {
    this.#ages = ages;
    this.#file = file;
    this.#trouble = trouble;
  }

  /** Reads the file again, forgets what has expired, and writes the rest. @returns how many stay and go */
  load(now: number): { readonly retained: number; readonly dropped: number } {
    let dropped = 0;
    for (const line of this.#read().split('\n')) {
      const found = parseLine(line);
      if (!found) continue;
      const [address, entry] = found;
      this.#entries.delete(address);
      if (this.#isExpired(entry, now)) dropped += 1;
      else this.#entries.set(address, entry);
    }
    this.#write();
    return { retained: this.#entries.size, dropped };
  }

  /** Forgets what has expired. */
  sweep(now: number): { readonly retained: number; readonly dropped: number } {
    const before = this.#entries.size;
    for (const [address, entry] of this.#entries)
      if (this.#isExpired(entry, now)) this.#entries.delete(address);
    this.#write();
    return { retained: this.#entries.size, dropped: before - this.#entries.size };
  }

  get(address: string, now: number): Entry | undefined {
    const entry = this.#entries.get(key(address));
    return entry && !this.#isExpired(entry, now) ? entry : undefined;
  }

  /** It still counts, but is to be found out again. */
  isStale({ status, updated }: Entry, now: number): boolean {
    const ages = this.#ages;
    const limit =
      status === 'deliverable'
        ? ages.address_verify_positive_refresh_time
        : ages.address_verify_negative_refresh_time;
    return now - updated >= limit * 1000;
  }

  /** A failed probe does not take the place of a good one that has not expired. */
  put(address: string, entry: Entry, now: number): void {
    const old = this.get(address, now);
    if (entry.status !== 'deliverable' && old?.status === 'deliverable') return;
    const name = key(address);
    const kept = { ...entry, text: entry.text.slice(0, maxText) };
    this.#entries.delete(name);
    this.#entries.set(name, kept);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > maxEntries && oldest !== undefined) this.#entries.delete(oldest);
    this.#append(name, kept);
  }

  #isExpired({ status, updated }: Entry, now: number): boolean {
    const ages = this.#ages;
    const limit =
      status === 'deliverable'
        ? ages.address_verify_positive_expire_time
        : ages.address_verify_negative_expire_time;
    return now - updated >= limit * 1000;
  }

  #read(): string {
    if (this.#file === undefined) return '';
    try {
      return readFileSync(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#trouble((error as Error).message);
      return '';
    }
  }

  #append(address: string, entry: Entry): void {
    if (this.#file === undefined) return;
    this.#lines += 1;
    if (this.#lines > 1000 && this.#lines > 2 * this.#entries.size) {
      this.#write();
      return;
    }
    this.#try(this.#file, (file) => appendFileSync(file, format(address, entry), { mode: 0o600 }));
  }

  #write(): void {
    if (this.#file === undefined) return;
    const text = [...this.#entries].map(([address, entry]) => format(address, entry)).join('');
    this.#lines = this.#entries.size;
    this.#try(this.#file, (file) => {
      writeFileSync(`${file}.new`, text, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    });
  }

  #try(file: string, write: (file: string) => void): void {
    try {
      write(file);
    } catch (error) {
      this.#trouble((error as Error).message);
    }
  }
}

function key(address: string): string {
  return address.toLowerCase();
}

function format(address: string, { status, updated, text }: Entry): string {
  return `${JSON.stringify([address, status, updated, text])}\n`;
}

function parseLine(line: string): readonly [string, Entry] | undefined {
  if (line === '') return undefined;
  try {
    const [address, status, updated, text] = JSON.parse(line) as unknown[];
    const isEntry =
      typeof address === 'string' &&
      typeof status === 'string' &&
      statuses.includes(status) &&
      typeof updated === 'number' &&
      typeof text === 'string';
    return isEntry ? [address, { status: status as Known, updated, text }] : undefined;
  } catch {
    return undefined; // a torn line of a process that died
  }
}
