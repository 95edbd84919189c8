/** dict/type/hash - `hash:/etc/aliases`: Berkeley DB hash files, what postmap makes unless told otherwise. */
import { buildHash } from '../bdb/hash-writer.js';
import { openHash } from '../bdb/hash-reader.js';
import { openTableFile } from '../file/pages.js';
import { databaseType } from './database.js';

export const hash = databaseType('hash', {
  suffix: '.db',
  shownAs: (source) => `${source}.db`,
  trailingNul: true,
  isListable: true,
  read: (path, content) => openHash(openTableFile(path, content)),
  build: buildHash,
});
