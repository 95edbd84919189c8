/**
 * dict/bdb/leaf-item - items of btree leaves: also what hash files keep many values of one key in.
 *
 * Layout: length (2), kind (1), bytes; or unused (2), kind (1), unused (1), page (4), length (4) for long ones.
 */
import type { Pages } from '../file/pages.js';
import { at, itemCount, itemOffset, leftmostLeaf, pageType, readOverflow } from './page.js';

export const leafKind = { data: 1, duplicates: 2, overflow: 3 } as const;
const deleted = 0x80;

export function isDeleted(page: Buffer, index: number): boolean {
  return ((page[itemOffset(page, index) + 2] ?? 0) & deleted) !== 0;
}

/** The bytes of an item; of several values the first. @throws {Error} damaged */
export function leafItem(pages: Pages, page: Buffer, index: number): Buffer {
  const offset = itemOffset(page, index);
  return itemAt(pages, page, offset);
}

function itemAt(pages: Pages, page: Buffer, offset: number): Buffer {
  switch ((page[offset + 2] ?? 0) & ~deleted) {
    case leafKind.data: {
      const length = page.readUInt16LE(offset);
      if (offset + 3 + length > page.length) throw new Error('damaged page: item too long');
      return page.subarray(offset + 3, offset + 3 + length);
    }
    case leafKind.overflow:
      return readOverflow(pages, page.readUInt32LE(offset + 4), page.readUInt32LE(offset + 8));
    case leafKind.duplicates:
      return firstDuplicate(pages, page.readUInt32LE(offset + 4));
    default:
      throw new Error('damaged page: item of unknown kind');
  }
}

/** Bytes of the key on an internal page of a btree: it has a longer head. */
export function internalItem(pages: Pages, page: Buffer, offset: number): Buffer {
  const kind = page[offset + 2] ?? 0;
  if (kind === leafKind.overflow) {
    return readOverflow(pages, page.readUInt32LE(offset + 16), page.readUInt32LE(offset + 20));
  }
  const length = page.readUInt16LE(offset);
  if (offset + 12 + length > page.length) throw new Error('damaged page: item too long');
  return page.subarray(offset + 12, offset + 12 + length);
}

/** The first value in a tree of duplicates. */
export function firstDuplicate(pages: Pages, root: number): Buffer {
  for (const value of duplicates(pages, root)) return value;
  throw new Error('damaged file: key without value');
}

/** All values in a tree of duplicates. */
export function* duplicates(pages: Pages, root: number): Iterable<Buffer> {
  let page: Buffer | undefined = leftmostLeaf(pages, root);
  for (let seen = 0; page !== undefined; seen += 1) {
    const type = page[at.type];
    if (seen > pages.count || (type !== pageType.leafDuplicates && type !== pageType.leafRecno)) {
      throw new Error('damaged file: values of a key are not where they should be');
    }
    for (let index = 0; index < itemCount(page); index += 1) {
      if (!isDeleted(page, index)) yield leafItem(pages, page, index);
    }
    const next: number = page.readUInt32LE(at.next);
    page = next === 0 ? undefined : pages.page(next);
  }
}
