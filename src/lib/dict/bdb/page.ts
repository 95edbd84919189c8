/**
 * dict/bdb/page - the page of a Berkeley DB file: what hash and btree files have in common.
 *
 * Little-endian files of version 9, as Berkeley DB 4 and 5 write them on Linux. Source: the format as db_dump and
 * db_verify of Berkeley DB 5.3 accept it.
 */
import { randomFillSync } from 'node:crypto';
import type { Pages } from '../file/pages.js';

export const pageType = {
  unused: 0,
  internalBtree: 3,
  internalRecno: 4,
  leafBtree: 5,
  leafRecno: 6,
  overflow: 7,
  hashMeta: 8,
  btreeMeta: 9,
  leafDuplicates: 12,
  hash: 13,
  hashUnsorted: 2,
} as const;

export const version = 9;
export const pageSize = 4096;
export const headerSize = 26;
/** How many bytes of a long item fit on one overflow page. */
export const overflowRoom = pageSize - headerSize;

/** Room on a page for items and their two-byte offsets. */
export const pageRoom = pageSize - headerSize;

// Fields of the page header.
export const at = {
  lsn: 0,
  number: 8,
  previous: 12,
  next: 16,
  entries: 20,
  /** Lowest byte in use by items; on overflow pages the length of the part. */
  highFree: 22,
  level: 24,
  type: 25,
} as const;

// Fields that both meta pages have.
export const metaAt = {
  magic: 12,
  version: 16,
  pageSize: 20,
  encryption: 24,
  type: 25,
  lastPage: 32,
  flags: 48,
  fileId: 52,
} as const;

/** Number of items on a page; offsets that lead outside of the page are damage. */
export function itemCount(page: Buffer): number {
  const count = page.readUInt16LE(at.entries);
  if (headerSize + 2 * count > page.length) throw new Error('damaged page: too many items');
  return count;
}

/** Where item `index` begins. */
export function itemOffset(page: Buffer, index: number): number {
  const offset = page.readUInt16LE(headerSize + 2 * index);
  if (offset >= page.length || offset < headerSize)
    throw new Error('damaged page: item out of place');
  return offset;
}

export function newPage(type: number, number: number, level = 0): Buffer {
  const page = Buffer.alloc(pageSize);
  page.writeUInt32LE(1, at.lsn + 4); // "not logged"
  page.writeUInt32LE(number, at.number);
  page.writeUInt16LE(pageSize, at.highFree);
  page[at.level] = level;
  page[at.type] = type;
  return page;
}

export function newMetaPage(magic: number, type: number): Buffer {
  const page = Buffer.alloc(pageSize);
  page.writeUInt32LE(1, at.lsn + 4);
  page.writeUInt32LE(magic, metaAt.magic);
  page.writeUInt32LE(version, metaAt.version);
  page.writeUInt32LE(pageSize, metaAt.pageSize);
  page[metaAt.type] = type;
  randomFillSync(page, metaAt.fileId, 20);
  return page;
}

/** Puts the next item on a page; the caller knows that there is room. */
export function addItem(page: Buffer, size: number): number {
  const count = page.readUInt16LE(at.entries);
  const offset = page.readUInt16LE(at.highFree) - size;
  page.writeUInt16LE(offset, headerSize + 2 * count);
  page.writeUInt16LE(count + 1, at.entries);
  page.writeUInt16LE(offset, at.highFree);
  return offset;
}

/** @throws {Error} not a file of this magic and version */
export function checkMeta(head: Buffer, magic: number): number {
  if (head.length < 512) throw new Error('Invalid argument');
  const size = head.readUInt32LE(metaAt.pageSize);
  const isPlausible = size >= 512 && size <= 65536 && (size & (size - 1)) === 0;
  if (
    head.readUInt32LE(metaAt.magic) !== magic ||
    head.readUInt32LE(metaAt.version) !== version ||
    head[metaAt.encryption] !== 0 ||
    !isPlausible
  ) {
    throw new Error('Invalid argument'); // what Berkeley DB says of a file of another kind
  }
  return size;
}

/** A long item: `length` bytes on a chain of overflow pages. @throws {Error} damaged chain */
export function readOverflow(pages: Pages, first: number, length: number): Buffer {
  if (length > pages.count * pages.pageSize)
    throw new Error('damaged file: item longer than the file');
  const whole = Buffer.allocUnsafe(length);
  let filled = 0;
  let number = first;
  while (filled < length) {
    const page = pages.page(number);
    if (page[at.type] !== pageType.overflow)
      throw new Error(`page ${number} is not an overflow page`);
    const size = page.readUInt16LE(at.highFree);
    // An empty part would let a chain in a circle go on for ever.
    if (size === 0 || headerSize + size > page.length || filled + size > length) {
      throw new Error(`page ${number} holds a part of the wrong length`);
    }
    page.copy(whole, filled, headerSize, headerSize + size);
    filled += size;
    number = page.readUInt32LE(at.next);
  }
  return whole;
}

/** Writes a long item; `allocate` gives page numbers. Returns the first page. */
export function writeOverflow(
  item: Buffer,
  allocate: (make: (number: number) => Buffer) => Buffer,
): number {
  let first = 0;
  let previous: Buffer | undefined;
  for (let start = 0; start < item.length; start += overflowRoom) {
    const part = item.subarray(start, start + overflowRoom);
    const page = allocate((number) => newPage(pageType.overflow, number));
    page.writeUInt16LE(1, at.entries); // reference count
    page.writeUInt16LE(part.length, at.highFree);
    part.copy(page, headerSize);
    const number = page.readUInt32LE(at.number);
    if (previous) {
      previous.writeUInt32LE(number, at.next);
      page.writeUInt32LE(previous.readUInt32LE(at.number), at.previous);
    } else {
      first = number;
    }
    previous = page;
  }
  return first;
}

/** Leftmost leaf of a tree, for its first item. */
export function leftmostLeaf(pages: Pages, root: number): Buffer {
  let number = root;
  for (let depth = 0; depth < 64; depth += 1) {
    const page = pages.page(number);
    const type = page[at.type];
    if (type === pageType.internalBtree)
      number = page.readUInt32LE(itemOffset(page, firstItem(page)) + 4);
    else if (type === pageType.internalRecno)
      number = page.readUInt32LE(itemOffset(page, firstItem(page)));
    else return page;
  }
  throw new Error('damaged file: tree without end');
}

function firstItem(page: Buffer): number {
  if (itemCount(page) === 0) throw new Error('damaged page: no items');
  return 0;
}
