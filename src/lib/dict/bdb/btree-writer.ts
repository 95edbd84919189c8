/**
 * dict/bdb/btree-writer - a whole Berkeley DB btree file from its entries.
 *
 * Leaves are filled in order of the keys, then level upon level of pages that point to them; the root is page 1.
 */
import type { Entry } from '../file/format.js';
import { btreeMagic, btreeMetaAt } from './btree-reader.js';
import { leafKind } from './leaf-item.js';
import { addItem, at, metaAt, newMetaPage, newPage, pageRoom, pageType } from './page.js';
import { writeOverflow } from './page.js';

const minKeysPerPage = 2;
/** Longer items move to overflow pages, so that a page holds two keys at least. */
const longItem = Math.floor(pageRoom / (minKeysPerPage * 2)) - (6 + 4);
const longItemSize = 12;
/** Leaves some room for entries that Berkeley DB may add later. */
const fillRoom = Math.floor(pageRoom * 0.9);

const aligned = (size: number): number => (size + 3) & ~3;
const leafSize = (bytes: Buffer): number =>
  bytes.length > longItem ? longItemSize : aligned(3 + bytes.length);
const internalSize = (key: Buffer): number =>
  aligned(12 + (key.length > longItem ? longItemSize : key.length));

type Allocate = (make: (number: number) => Buffer) => Buffer;

/** What a page above points to. */
interface Child {
  readonly firstKey: Buffer;
  readonly page: number;
}

/** Pages of the file in order. Keys must be unique. */
export function buildBtree(entries: readonly Entry[]): Buffer[] {
  const sorted = [...entries].sort((one, other) => Buffer.compare(one[0], other[0]));
  const pages: Buffer[] = [newMetaPage(btreeMagic, pageType.btreeMeta), newPage(0, 1)];
  const allocate: Allocate = (make) => {
    const page = make(pages.length);
    pages.push(page);
    return page;
  };

  const groups = split(sorted, ([key, value]) => leafSize(key) + leafSize(value) + 4);
  let level = 1;
  if (groups.length === 1) {
    pages[1] = fillLeaf(newPage(pageType.leafBtree, 1, level), groups[0] ?? [], allocate);
  } else {
    let children = writeLeaves(groups, allocate);
    for (;;) {
      level += 1;
      const above = split(children, (child) => internalSize(child.firstKey) + 2);
      if (above.length === 1) break;
      children = above.map((group) => {
        const page = allocate((number) => newPage(pageType.internalBtree, number, level));
        return childOf(fillInternal(page, group, allocate), group[0]?.firstKey);
      });
    }
    pages[1] = fillInternal(newPage(pageType.internalBtree, 1, level), children, allocate);
  }
  pages[0]?.writeUInt32LE(minKeysPerPage, btreeMetaAt.minKey);
  pages[0]?.writeUInt32LE(1, btreeMetaAt.root);
  pages[0]?.writeUInt32LE(pages.length - 1, metaAt.lastPage);
  return pages;
}

/** Groups that each fill one page; always one at least. */
function split<T>(items: readonly T[], sizeOf: (item: T) => number): T[][] {
  const groups: T[][] = [[]];
  let room = fillRoom;
  for (const item of items) {
    const size = sizeOf(item);
    const last = groups[groups.length - 1];
    // Two at least on every page, else levels would not get smaller.
    if (size > room && last !== undefined && last.length >= 2) {
      groups.push([item]);
      room = fillRoom - size;
    } else {
      last?.push(item);
      room -= size;
    }
  }
  return groups;
}

function writeLeaves(groups: readonly (readonly Entry[])[], allocate: Allocate): Child[] {
  let previous: Buffer | undefined;
  return groups.map((group) => {
    const page = allocate((number) => newPage(pageType.leafBtree, number, 1));
    if (previous) {
      previous.writeUInt32LE(page.readUInt32LE(at.number), at.next);
      page.writeUInt32LE(previous.readUInt32LE(at.number), at.previous);
    }
    previous = page;
    return childOf(fillLeaf(page, group, allocate), group[0]?.[0]);
  });
}

function childOf(page: Buffer, firstKey: Buffer | undefined): Child {
  return { firstKey: firstKey ?? Buffer.alloc(0), page: page.readUInt32LE(at.number) };
}

function fillLeaf(page: Buffer, entries: readonly Entry[], allocate: Allocate): Buffer {
  for (const entry of entries) {
    for (const bytes of entry) {
      const offset = addItem(page, leafSize(bytes));
      if (bytes.length > longItem) {
        page[offset + 2] = leafKind.overflow;
        page.writeUInt32LE(writeOverflow(bytes, allocate), offset + 4);
        page.writeUInt32LE(bytes.length, offset + 8);
      } else {
        page.writeUInt16LE(bytes.length, offset);
        page[offset + 2] = leafKind.data;
        bytes.copy(page, offset + 3);
      }
    }
  }
  return page;
}

function fillInternal(page: Buffer, children: readonly Child[], allocate: Allocate): Buffer {
  children.forEach((child, index) => {
    // The first key of a page is never compared.
    const key = index === 0 ? Buffer.alloc(0) : child.firstKey;
    const offset = addItem(page, internalSize(key));
    page.writeUInt32LE(child.page, offset + 4);
    if (key.length > longItem) {
      page.writeUInt16LE(longItemSize, offset);
      page[offset + 2] = leafKind.overflow;
      page[offset + 14] = leafKind.overflow;
      page.writeUInt32LE(writeOverflow(key, allocate), offset + 16);
      page.writeUInt32LE(key.length, offset + 20);
    } else {
      page.writeUInt16LE(key.length, offset);
      page[offset + 2] = leafKind.data;
      key.copy(page, offset + 12);
    }
  });
  return page;
}
