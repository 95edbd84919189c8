/**
 * dict/bdb/hash-writer - a whole Berkeley DB hash file from its entries.
 *
 * The number of buckets is a power of two, chosen so that pages are about half full, and all buckets form one
 * group from page 1 on; what does not fit on a bucket's page goes on pages chained to it. Berkeley DB can add to
 * such a file later.
 */
import type { Entry } from '../file/format.js';
import { checkHash, hashMagic, hashMetaAt, hashOf, itemKind } from './hash-reader.js';
import { addItem, at, metaAt, newMetaPage, newPage, pageRoom, pageSize } from './page.js';
import { pageType, writeOverflow } from './page.js';

/** Longer items move to overflow pages (Berkeley DB: a quarter of a page). */
const longItem = pageSize / 4;
const longItemSize = 12;

const sizeOf = (bytes: Buffer): number =>
  bytes.length > longItem ? longItemSize : 1 + bytes.length;
/** With two offsets of two bytes. */
const pairSize = ([key, value]: Entry): number => sizeOf(key) + sizeOf(value) + 4;

/** Pages of the file in order. Keys must be unique. */
export function buildHash(entries: readonly Entry[]): Buffer[] {
  const bucketCount = bucketsFor(entries);
  const buckets: Entry[][] = Array.from({ length: bucketCount }, () => []);
  for (const entry of entries) buckets[hashOf(entry[0]) & (bucketCount - 1)]?.push(entry);

  const pages: Buffer[] = [newMetaPage(hashMagic, pageType.hashMeta)];
  const allocate = (make: (number: number) => Buffer): Buffer => {
    const page = make(pages.length);
    pages.push(page);
    return page;
  };
  const newHashPage = (number: number): Buffer => newPage(pageType.hash, number);
  const heads = buckets.map(() => allocate(newHashPage));
  heads.forEach((head, bucket) => {
    // Berkeley DB wants the keys of a page in order.
    const sorted = (buckets[bucket] ?? []).sort((one, other) => Buffer.compare(one[0], other[0]));
    fillBucket(head, sorted, allocate, newHashPage);
  });
  writeMeta(pages, bucketCount, entries.length);
  return pages;
}

function bucketsFor(entries: readonly Entry[]): number {
  const total = entries.reduce((sum, entry) => sum + pairSize(entry), 0);
  const needed = (total / pageRoom) * 1.6;
  let count = 2;
  while (count < needed) count *= 2;
  return count;
}

function fillBucket(
  head: Buffer,
  entries: readonly Entry[],
  allocate: (make: (number: number) => Buffer) => Buffer,
  newHashPage: (number: number) => Buffer,
): void {
  let page = head;
  let room = pageRoom;
  for (const entry of entries) {
    const size = pairSize(entry);
    if (size > room) {
      const next = allocate(newHashPage);
      page.writeUInt32LE(next.readUInt32LE(at.number), at.next);
      next.writeUInt32LE(page.readUInt32LE(at.number), at.previous);
      page = next;
      room = pageRoom;
    }
    room -= size;
    for (const bytes of entry) writeItem(page, bytes, allocate);
  }
}

function writeItem(
  page: Buffer,
  bytes: Buffer,
  allocate: (make: (number: number) => Buffer) => Buffer,
): void {
  const offset = addItem(page, sizeOf(bytes));
  if (bytes.length <= longItem) {
    page[offset] = itemKind.data;
    bytes.copy(page, offset + 1);
    return;
  }
  page[offset] = itemKind.overflow;
  page.writeUInt32LE(writeOverflow(bytes, allocate), offset + 4);
  page.writeUInt32LE(bytes.length, offset + 8);
}

function writeMeta(pages: readonly Buffer[], bucketCount: number, keyCount: number): void {
  const meta = pages[0];
  if (!meta) return;
  meta.writeUInt32LE(pages.length - 1, metaAt.lastPage);
  meta.writeUInt32LE(bucketCount - 1, hashMetaAt.maxBucket);
  meta.writeUInt32LE(bucketCount - 1, hashMetaAt.highMask);
  meta.writeUInt32LE(bucketCount / 2 - 1, hashMetaAt.lowMask);
  meta.writeUInt32LE(keyCount, hashMetaAt.keyCount);
  meta.writeUInt32LE(checkHash, hashMetaAt.check);
  for (let group = 0; 2 ** group <= bucketCount; group += 1) {
    meta.writeUInt32LE(1, hashMetaAt.spares + 4 * group);
  }
}
