/** target/table-files - hash, btree, cdb and lmdb files, damaged: a lookup finds, does not find, or says so. */
import type { Entry, TableReader } from '../../../lib/dict/file/format.js';
import { openBtree } from '../../../lib/dict/bdb/btree-reader.js';
import { buildBtree } from '../../../lib/dict/bdb/btree-writer.js';
import { openHash } from '../../../lib/dict/bdb/hash-reader.js';
import { buildHash } from '../../../lib/dict/bdb/hash-writer.js';
import { openTableFile } from '../../../lib/dict/file/pages.js';
import { openLmdb } from '../../../lib/dict/lmdb/reader.js';
import { buildLmdb } from '../../../lib/dict/lmdb/writer.js';
import { cdb as cdbType } from '../../../lib/dict/type/cdb.js';
import { type FuzzTarget, must } from '../target.js';

const maxEntries = 100_000;

function tableTarget(
  name: string,
  build: (entries: readonly Entry[]) => readonly Buffer[],
  open: (content: Buffer) => TableReader,
): FuzzTarget {
  const file = (entries: readonly Entry[]): Buffer => Buffer.concat([...build(entries)]);
  const few: Entry[] = ['a', 'b@example.test', 'user\0realm\0userPassword'].map((key) => [
    Buffer.from(`${key}\0`),
    Buffer.from('value\0'),
  ]);
  const many: Entry[] = Array.from({ length: 300 }, (_, index) => [
    Buffer.from(`key${index}\0`),
    Buffer.from(`${'v'.repeat(index)}\0`),
  ]);
  const long: Entry[] = [[Buffer.from('long\0'), Buffer.alloc(9000, 'x')]];
  return {
    name,
    isBinary: true,
    seeds: [file([]), file(few), file([...few, ...long]), file(many)],
    words: [
      '\0\0',
      '\0\0\0\0',
      '\x01\0\0\0',
      '\xff\xff',
      '\xff\xff\xff\xff',
      '\xff\xff\xff\x7f',
      'a\0',
      'long\0',
    ],
    start() {
      const keys = ['a\0', 'a', 'key17\0', 'long\0', 'none\0', ''].map((key) => Buffer.from(key));
      return (input) => {
        // What is wrong with the file is an Error of ours, or of reading beyond its end.
        inTable(() => {
          const table = open(Buffer.from(input));
          for (const key of keys)
            inTable(() => {
              const value = table.find(key);
              must((value?.length ?? 0) <= input.length, 'a value longer than the file');
            });
          inTable(() => {
            let count = 0;
            let bytes = 0;
            for (const [key, value] of table.entries()) {
              count += 1;
              bytes += key.length + value.length;
              must(count <= maxEntries, 'more entries than the file can hold');
              must(bytes <= 20 * input.length + 1000, 'more bytes than the file can hold');
            }
          });
          table.close();
        });
      };
    },
  };
}

function inTable(action: () => void): void {
  try {
    action();
  } catch (error) {
    const isDeclared =
      error instanceof Error &&
      (error.constructor === Error ||
        (error as NodeJS.ErrnoException).code === 'ERR_OUT_OF_RANGE' ||
        (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_OUT_OF_BOUNDS');
    if (!isDeclared) throw error;
  }
}

const nowhere = '/nonexistent';
export const hashFile = tableTarget('hash-file', buildHash, (content) =>
  openHash(openTableFile(nowhere, content)),
);
export const btreeFile = tableTarget('btree-file', buildBtree, (content) =>
  openBtree(openTableFile(nowhere, content)),
);
export const lmdbFile = tableTarget('lmdb-file', buildLmdb, (content) =>
  openLmdb(openTableFile(nowhere, content)),
);
const cdbFormat = cdbType.format;
export const cdbFile = tableTarget(
  'cdb-file',
  (entries) => cdbFormat?.build(entries) ?? [],
  (content) => {
    if (!cdbFormat) throw new Error('cdb has no format');
    return cdbFormat.read(nowhere, content);
  },
);
