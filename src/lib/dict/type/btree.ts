/** dict/type/btree - `btree:/path`: Berkeley DB btree files. */
import { buildBtree } from '../bdb/btree-writer.js';
import { openBtree } from '../bdb/btree-reader.js';
import { openTableFile } from '../file/pages.js';
import { databaseType } from './database.js';

export const btree = databaseType('btree', {
  suffix: '.db',
  shownAs: (source) => `${source}.db`,
  trailingNul: true,
  isListable: true,
  read: (path, content) => openBtree(openTableFile(path, content)),
  build: buildBtree,
});
