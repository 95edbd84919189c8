/**
 * dict/lmdb/format - the data file of LMDB 0.9, as far as a plain table needs it.
 *
 * Pages 0 and 1 are two states of the file, the one with the higher transaction counts. A page has a head of 16
 * bytes, then two-byte offsets of its nodes. Little-endian, 64 bits. Our queue's own store is another format that
 * goes by the same name (npm's lmdb): it is never read here.
 */

export const magic = 0xbeefc0de;
export const dataVersion = 1;
export const pageSize = 4096;
export const headSize = 16;
export const nodeHead = 8;
/** Key or value of more than half a page moves to overflow pages. */
export const maxNode = ((pageSize - headSize) >> 1) - 2;
export const maxKey = 511;
export const noPage = 0xffffffffffffffffn;

export const pageFlag = { branch: 1, leaf: 2, overflow: 4, meta: 8 } as const;
export const nodeFlag = { bigData: 1, subData: 2, duplicates: 4 } as const;

/** Keys of the free list are numbers; the file is no folder. */
export const freeListFlags = 0x4008;

// Fields of a page.
export const at = { number: 0, flags: 10, lower: 12, upper: 14, overflowPages: 12 } as const;

// Fields of a meta page.
export const metaAt = {
  magic: 16,
  version: 20,
  mapSize: 32,
  /** In the record of the free list: the page size. */
  pageSize: 40,
  freeFlags: 40 + 4,
  freeRoot: 40 + 40,
  main: 88,
  lastPage: 136,
  transaction: 144,
} as const;

// Fields of a database record, within it.
export const databaseAt = {
  flags: 4,
  depth: 6,
  branchPages: 8,
  leafPages: 16,
  overflowPages: 24,
  entries: 32,
  root: 40,
} as const;
