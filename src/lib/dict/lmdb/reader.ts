/** dict/lmdb/reader - finds keys in a file of LMDB 0.9. Keys are in order of their bytes. */
import type { Entry, TableReader } from '../file/format.js';
import type { Pages, TableFile } from '../file/pages.js';
import {
  at,
  databaseAt,
  dataVersion,
  headSize,
  magic,
  metaAt,
  nodeFlag,
  nodeHead,
  noPage,
  pageFlag,
} from './format.js';

const maxDepth = 32;

/** @throws {Error} not such a file, or damaged */
export function openLmdb(file: TableFile): TableReader {
  const { head } = file;
  if (head.length < 256 || head.readUInt32LE(metaAt.magic) !== magic)
    throw new Error('Invalid argument');
  const pageSize = head.readUInt32LE(metaAt.pageSize);
  if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0)
    throw new Error('Invalid argument');
  const pages = file.pages(pageSize);
  const meta = newestMeta(pages);
  const root = meta.readBigUInt64LE(metaAt.main + databaseAt.root);
  return {
    find(key) {
      if (root === noPage) return undefined;
      const page = leafFor(pages, Number(root), key);
      const index = lowerBound(page, key, 0);
      if (index >= nodeCount(page) || !nodeKey(page, index).equals(key)) return undefined;
      return nodeValue(pages, page, index);
    },
    *entries() {
      if (root !== noPage) yield* walk(pages, Number(root), 0);
    },
    close: () => file.close(),
  };
}

function newestMeta(pages: Pages): Buffer {
  const metas = [0, 1]
    .map((number) => pages.page(number))
    .filter(
      (page) =>
        page.readUInt32LE(metaAt.magic) === magic &&
        (page.readUInt32LE(metaAt.version) & 0xffff) === dataVersion,
    )
    .sort((one, other) =>
      Number(other.readBigUInt64LE(metaAt.transaction) - one.readBigUInt64LE(metaAt.transaction)),
    );
  if (!metas[0]) throw new Error('Invalid argument');
  return metas[0];
}

function nodeCount(page: Buffer): number {
  const count = (page.readUInt16LE(at.lower) - headSize) >> 1;
  if (count < 0 || headSize + 2 * count > page.length) throw new Error('damaged page');
  return count;
}

function nodeOffset(page: Buffer, index: number): number {
  const offset = page.readUInt16LE(headSize + 2 * index);
  if (offset + nodeHead > page.length) throw new Error('damaged page: node out of place');
  return offset;
}

function nodeKey(page: Buffer, index: number): Buffer {
  const offset = nodeOffset(page, index);
  const length = page.readUInt16LE(offset + 6);
  return slice(page, offset + nodeHead, length);
}

function slice(page: Buffer, start: number, length: number): Buffer {
  if (start + length > page.length) throw new Error('damaged page: node too long');
  return page.subarray(start, start + length);
}

/** First node from `first` on whose key is not smaller. */
function lowerBound(page: Buffer, key: Buffer, first: number): number {
  let low = first;
  let high = nodeCount(page);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Buffer.compare(nodeKey(page, middle), key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function childPage(page: Buffer, index: number): number {
  const offset = nodeOffset(page, index);
  return page.readUInt32LE(offset) + page.readUInt16LE(offset + 4) * 2 ** 32;
}

function leafFor(pages: Pages, root: number, key: Buffer): Buffer {
  let page = pages.page(root);
  for (let depth = 0; (page.readUInt16LE(at.flags) & pageFlag.branch) !== 0; depth += 1) {
    if (depth > maxDepth) throw new Error('damaged file: tree without end');
    // The key of the first node counts as smaller than all.
    const next = lowerBound(page, key, 1);
    const isExact = next < nodeCount(page) && nodeKey(page, next).equals(key);
    page = pages.page(childPage(page, isExact ? next : next - 1));
  }
  if ((page.readUInt16LE(at.flags) & pageFlag.leaf) === 0) throw new Error('damaged file: no leaf');
  return page;
}

function nodeValue(pages: Pages, page: Buffer, index: number): Buffer {
  const offset = nodeOffset(page, index);
  const length = page.readUInt32LE(offset);
  const flags = page.readUInt16LE(offset + 4);
  if ((flags & (nodeFlag.subData | nodeFlag.duplicates)) !== 0)
    throw new Error('holds named databases or duplicates, which tables do not');
  const start = offset + nodeHead + page.readUInt16LE(offset + 6);
  if ((flags & nodeFlag.bigData) === 0) return slice(page, start, length);
  return bigValue(pages, Number(slice(page, start, 8).readBigUInt64LE(0)), length);
}

/** Overflow pages follow each other; only the first has a head. */
function bigValue(pages: Pages, first: number, length: number): Buffer {
  if (length > pages.count * pages.pageSize)
    throw new Error('damaged file: value longer than the file');
  const parts: Buffer[] = [];
  let number = first;
  let start = headSize;
  for (let missing = length; missing > 0; number += 1) {
    const part = pages.page(number).subarray(start, start + missing);
    parts.push(part);
    missing -= part.length;
    start = 0;
  }
  return Buffer.concat(parts);
}

function* walk(pages: Pages, number: number, depth: number): Iterable<Entry> {
  if (depth > maxDepth) throw new Error('damaged file: tree without end');
  const page = pages.page(number);
  const isBranch = (page.readUInt16LE(at.flags) & pageFlag.branch) !== 0;
  for (let index = 0; index < nodeCount(page); index += 1) {
    if (isBranch) yield* walk(pages, childPage(page, index), depth + 1);
    else yield [nodeKey(page, index), nodeValue(pages, page, index)];
  }
}
