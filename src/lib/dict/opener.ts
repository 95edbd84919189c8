/**
 * dict/opener - how programs get at tables: by the `type:name` that stands in main.cf.
 *
 * The opener keeps tables open, notices changed files, and hands the same Dict to all who name it.
 */
import type { Dict } from './dict.js';
import type { LookupListener } from './lookup-record.js';

export interface OpenOptions {
  /**
   * The results name transports, commands or files: rules of pattern tables that put parts of the key into them (`$1`)
   * are skipped, for the key comes from outside. transport(5), aliases(5), virtual(8).
   */
  readonly literalResults?: boolean;
}

export interface DictOpener {
  /**
   * Never throws: an unknown type, a missing or unreadable table gives a Dict whose lookups answer `error`
   * (fail closed, 4xx), and is logged once.
   */
  open(spec: string, options?: OpenOptions): Dict;
  /** Hears what maps and lists look at; undefined: nobody asks. */
  readonly onLookup?: LookupListener | undefined;
  close(): void;
}
