/** dict/type/lmdb - `lmdb:/path`: files of LMDB 0.9, read and written without its library. */
import { openTableFile } from '../file/pages.js';
import { openLmdb } from '../lmdb/reader.js';
import { buildLmdb } from '../lmdb/writer.js';
import { databaseType } from './database.js';

export const lmdb = databaseType('lmdb', {
  suffix: '.lmdb',
  shownAs: (source) => `lmdb:${source}`,
  trailingNul: true,
  isListable: true,
  read: (path, content) => openLmdb(openTableFile(path, content)),
  build: buildLmdb,
});
