/**
 * dict/bdb/hash-reader - finds keys in a Berkeley DB hash file.
 *
 * A key's bucket is its hash under a mask; a bucket is a chain of pages; a page holds keys and values in turn.
 */
import type { Entry, TableReader } from '../file/format.js';
import type { Pages, TableFile } from '../file/pages.js';
import { duplicates, firstDuplicate } from './leaf-item.js';
import { at, checkMeta, itemCount, itemOffset, pageType, readOverflow } from './page.js';

export const hashMagic = 0x061561;
export const itemKind = { data: 1, duplicates: 2, overflow: 3, duplicateTree: 4 } as const;

// Fields of the meta page.
export const hashMetaAt = {
  maxBucket: 72,
  highMask: 76,
  lowMask: 80,
  fillFactor: 84,
  keyCount: 88,
  /** Hash of a fixed text: tells a file made with another hash function. */
  check: 92,
  spares: 96,
} as const;

const checkText = Buffer.from('%$sniglet^&\0');

export function hashOf(key: Buffer): number {
  let hash = 0;
  for (let index = 0; index < key.length; index += 1) {
    hash = Math.imul(hash, 16777619) ^ (key[index] ?? 0);
  }
  return hash >>> 0;
}

export const checkHash = hashOf(checkText);

/** @throws {Error} not a hash file, or damaged */
export function openHash(file: TableFile): TableReader {
  const meta = file.head;
  const pages = file.pages(checkMeta(meta, hashMagic));
  if (meta.readUInt32LE(hashMetaAt.check) !== checkHash) {
    throw new Error('made with another hash function; rebuild it with postmap');
  }
  const maxBucket = meta.readUInt32LE(hashMetaAt.maxBucket);
  const highMask = meta.readUInt32LE(hashMetaAt.highMask);
  const lowMask = meta.readUInt32LE(hashMetaAt.lowMask);
  const spares = Array.from({ length: 32 }, (_, index) =>
    meta.readUInt32LE(hashMetaAt.spares + 4 * index),
  );
  // Buckets lie together in groups of doubling size; each group may begin anywhere.
  const pageOf = (bucket: number): number => bucket + (spares[32 - Math.clz32(bucket)] ?? 0);

  let state: 'unknown' | 'whole' | 'torn' = 'unknown';

  function* bucketPages(bucket: number): Iterable<Buffer> {
    let number = pageOf(bucket);
    for (let seen = 0; number !== 0; seen += 1) {
      const page = pages.page(number);
      const type = page[at.type] ?? 0;
      if (type === pageType.unused && seen === 0) {
        // A bucket that never had a key; or the file is only half written, and a key would wrongly be missing.
        checkWhole();
        return;
      }
      if (seen > pages.count || (type !== pageType.hash && type !== pageType.hashUnsorted))
        throw new Error(`page ${number} is not a page of a hash file`);
      yield page;
      number = page.readUInt32LE(at.next);
    }
  }

  /** Counts the keys, once. */
  function checkWhole(): void {
    if (state === 'unknown') {
      state = 'whole'; // for the loop below, which comes by here again
      let keys = 0;
      for (let bucket = 0; bucket <= maxBucket; bucket += 1)
        for (const page of bucketPages(bucket)) keys += itemCount(page) >> 1;
      if (keys !== meta.readUInt32LE(hashMetaAt.keyCount)) state = 'torn';
    }
    if (state === 'torn') throw new Error('not complete: is it being written?');
  }

  return {
    find(key) {
      let bucket = (hashOf(key) & highMask) >>> 0;
      if (bucket > maxBucket) bucket = (bucket & lowMask) >>> 0;
      for (const page of bucketPages(bucket)) {
        const count = itemCount(page);
        for (let index = 0; index + 1 < count; index += 2) {
          if (isKey(pages, page, index, key)) return firstValue(pages, page, index + 1);
        }
      }
      return undefined;
    },
    *entries() {
      for (let bucket = 0; bucket <= maxBucket; bucket += 1) {
        for (const page of bucketPages(bucket)) yield* pageEntries(pages, page);
      }
    },
    close: () => file.close(),
  };
}

/** The end of an item is where the one before it begins. */
function itemEnd(page: Buffer, index: number): number {
  return index === 0 ? page.length : itemOffset(page, index - 1);
}

function isKey(pages: Pages, page: Buffer, index: number, key: Buffer): boolean {
  const offset = itemOffset(page, index);
  if (page[offset] === itemKind.data) {
    const end = itemEnd(page, index);
    return (
      end - offset - 1 === key.length && page.compare(key, 0, key.length, offset + 1, end) === 0
    );
  }
  return (
    page[offset] === itemKind.overflow &&
    page.readUInt32LE(offset + 8) === key.length &&
    item(pages, page, index).equals(key)
  );
}

function item(pages: Pages, page: Buffer, index: number): Buffer {
  const offset = itemOffset(page, index);
  const end = itemEnd(page, index);
  if (end <= offset) throw new Error('damaged page: items overlap');
  switch (page[offset] ?? 0) {
    case itemKind.data:
      return page.subarray(offset + 1, end);
    case itemKind.overflow:
      return readOverflow(pages, page.readUInt32LE(offset + 4), page.readUInt32LE(offset + 8));
    default:
      throw new Error('damaged page: item of unknown kind');
  }
}

function firstValue(pages: Pages, page: Buffer, index: number): Buffer {
  const offset = itemOffset(page, index);
  if (page[offset] === itemKind.duplicateTree)
    return firstDuplicate(pages, page.readUInt32LE(offset + 4));
  if (page[offset] !== itemKind.duplicates) return item(pages, page, index);
  for (const value of inlineDuplicates(page, offset + 1, itemEnd(page, index))) return value;
  throw new Error('damaged page: key without value');
}

/** Values of one key, each between two copies of its length. */
function* inlineDuplicates(page: Buffer, start: number, end: number): Iterable<Buffer> {
  let offset = start;
  while (offset + 4 <= end) {
    const length = page.readUInt16LE(offset);
    if (offset + 4 + length > end) throw new Error('damaged page: value too long');
    yield page.subarray(offset + 2, offset + 2 + length);
    offset += 4 + length;
  }
}

function* pageEntries(pages: Pages, page: Buffer): Iterable<Entry> {
  const count = itemCount(page);
  for (let index = 0; index + 1 < count; index += 2) {
    const key = item(pages, page, index);
    const offset = itemOffset(page, index + 1);
    if (page[offset] === itemKind.duplicateTree) {
      for (const value of duplicates(pages, page.readUInt32LE(offset + 4))) yield [key, value];
    } else if (page[offset] === itemKind.duplicates) {
      for (const value of inlineDuplicates(page, offset + 1, itemEnd(page, index + 1)))
        yield [key, value];
    } else {
      yield [key, item(pages, page, index + 1)];
    }
  }
}
