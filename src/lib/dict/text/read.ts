/** dict/text/read - the logical lines of a file, for tables that are text. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { errnoText } from '../../util/errno-text.js';
import type { Log } from '../../log/log.js';
import type { HandedSource } from '../file/handed.js';
import { TableError } from '../type.js';
import { type LogicalLine, logicalLines } from './lines.js';

/** Far more than any table by hand; a table that large belongs into hash: or lmdb:. */
const maxSize = 256 * 1024 * 1024;

/** What reading needs of a DictContext. */
export interface LineContext {
  readonly log: Pick<Log, 'warning'>;
  readonly handed?: HandedSource;
  /** Results of patterns must not hold parts of the key. */
  readonly literalResults?: boolean;
}

/** @param what for the error text: `database ` @throws {TableError} */
export function readLines(
  path: string,
  { log, handed }: LineContext,
  what = '',
): readonly LogicalLine[] {
  const content = handed?.content(path) ?? readTextFile(path, what);
  const { lines, strayStart } = logicalLines(content);
  if (strayStart !== undefined) {
    log.warning(`${path}: logical line must not start with whitespace: "${strayStart}"`);
  }
  return lines;
}

/** @throws {TableError} `open /x: No such file or directory` */
export function readTextFile(path: string, what = ''): Buffer {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const stats = fstatSync(descriptor);
    if (stats.size > maxSize)
      throw new Error(`larger than ${maxSize} bytes; make it a hash: table with postmap`);
    return readFileSync(descriptor);
  } catch (error) {
    throw new TableError(`open ${what}${path}: ${errnoText(error)}`, { cause: error });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
