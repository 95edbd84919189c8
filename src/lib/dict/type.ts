/**
 * dict/type - what a kind of table is: a row in dict/types.ts.
 *
 * `open` may throw TableError, whose text is Postfix's (`open database /x.db: No such file or directory`);
 * dict/open turns that into a table whose lookups answer `error`.
 */
import type { Log } from '../log/log.js';
import type { Dict } from './dict.js';
import type { TableFormat } from './file/format.js';
import type { HandedSource } from './file/handed.js';

/** What kinds of tables need from the outside. */
export interface DictContext {
  readonly log: Log;
  /** Fold keys of tables with fixed strings to lower case (postmap -f: no). */
  readonly fold: boolean;
  /** Files that this process cannot read by itself. */
  readonly handed?: HandedSource;
  /** Results of patterns must not hold parts of the key (`$1`): they name transports, commands, files. */
  readonly literalResults?: boolean;
  /** A name of main.cf, expanded; undefined: not set. For tables whose parameters stand there. */
  setting?(name: string): string | undefined;
  /** Opens a table inside a table: `pipemap:{a:b, c:d}`, `proxy:a:b`. The opener keeps and closes it. */
  open(spec: string): Dict;
}

export interface DictType {
  readonly name: string;
  /** @param name what stands behind the colon @throws {TableError} */
  open(name: string, context: DictContext): Dict;
  /** The file that the table is read from, so that a change is noticed; undefined: none. */
  readonly file?: (name: string) => string | undefined;
  /** How postmap writes such a file; undefined: it cannot. */
  readonly format?: TableFormat;
}

/** A table that cannot be used as it is; text as Postfix logs it. */
export class TableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TableError';
  }
}
