/**
 * dict/bdb/btree-reader - finds keys in a Berkeley DB btree file.
 *
 * Keys are in order of their bytes. Leaves hold keys and values in turn; equal keys share one item.
 */
import type { Entry, TableReader } from '../file/format.js';
import type { Pages, TableFile } from '../file/pages.js';
import { duplicates, internalItem, isDeleted, leafItem, leafKind } from './leaf-item.js';
import { at, checkMeta, itemCount, itemOffset, leftmostLeaf, metaAt, pageType } from './page.js';

export const btreeMagic = 0x053162;
export const btreeMetaAt = { minKey: 76, root: 88 } as const;
const recordNumbers = 0x02; // a file of numbered records, not of keys

/** @throws {Error} not a btree file, or damaged */
export function openBtree(file: TableFile): TableReader {
  const pages = file.pages(checkMeta(file.head, btreeMagic));
  if ((file.head.readUInt32LE(metaAt.flags) & recordNumbers) !== 0)
    throw new Error('Invalid argument');
  const root = file.head.readUInt32LE(btreeMetaAt.root);
  return {
    find(key) {
      const page = leafFor(pages, root, key);
      const index = findKey(pages, page, key);
      return index === undefined ? undefined : leafItem(pages, page, index + 1);
    },
    *entries() {
      let page: Buffer | undefined = leftmostLeaf(pages, root);
      for (let seen = 0; page !== undefined; seen += 1) {
        if (seen > pages.count || page[at.type] !== pageType.leafBtree)
          throw new Error('damaged file: leaves in a circle');
        yield* leafEntries(pages, page);
        const next: number = page.readUInt32LE(at.next);
        page = next === 0 ? undefined : pages.page(next);
      }
    },
    close: () => file.close(),
  };
}

function leafFor(pages: Pages, root: number, key: Buffer): Buffer {
  let page = pages.page(root);
  for (let depth = 0; page[at.type] === pageType.internalBtree; depth += 1) {
    if (depth > 64) throw new Error('damaged file: tree without end');
    // The last child whose key is not greater; the first child's key counts as smaller than all.
    let low = 0;
    let high = itemCount(page) - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (Buffer.compare(internalItem(pages, page, itemOffset(page, middle)), key) <= 0)
        low = middle;
      else high = middle - 1;
    }
    page = pages.page(page.readUInt32LE(itemOffset(page, low) + 4));
  }
  if (page[at.type] !== pageType.leafBtree) throw new Error('damaged file: no leaf');
  return page;
}

/** Index of the first key item that is equal and not deleted. */
function findKey(pages: Pages, page: Buffer, key: Buffer): number | undefined {
  const pairs = itemCount(page) >> 1;
  let low = 0;
  let high = pairs;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Buffer.compare(leafItem(pages, page, middle * 2), key) < 0) low = middle + 1;
    else high = middle;
  }
  for (let pair = low; pair < pairs; pair += 1) {
    if (!leafItem(pages, page, pair * 2).equals(key)) return undefined;
    if (!isDeleted(page, pair * 2) && !isDeleted(page, pair * 2 + 1)) return pair * 2;
  }
  return undefined;
}

function* leafEntries(pages: Pages, page: Buffer): Iterable<Entry> {
  const count = itemCount(page);
  for (let index = 0; index + 1 < count; index += 2) {
    if (isDeleted(page, index) || isDeleted(page, index + 1)) continue;
    const key = leafItem(pages, page, index);
    const offset = itemOffset(page, index + 1);
    if (page[offset + 2] === leafKind.duplicates) {
      for (const value of duplicates(pages, page.readUInt32LE(offset + 4))) yield [key, value];
    } else {
      yield [key, leafItem(pages, page, index + 1)];
    }
  }
}
