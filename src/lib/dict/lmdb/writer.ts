/**
 * dict/lmdb/writer - a whole file of LMDB 0.9 from its entries.
 *
 * Leaves are filled in order of the keys, then level upon level of branches; both meta pages describe the result.
 */
import type { Entry } from '../file/format.js';
import {
  at,
  databaseAt,
  dataVersion,
  freeListFlags,
  headSize,
  magic,
  maxKey,
  maxNode,
  metaAt,
  nodeFlag,
  nodeHead,
  noPage,
  pageFlag,
  pageSize,
} from './format.js';

const room = pageSize - headSize;
const minMapSize = 16 * 1024 * 1024; // lmdb_map_size

interface Child {
  readonly firstKey: Buffer;
  readonly page: number;
}

const even = (size: number): number => (size + 1) & ~1;
const isBig = ([key, value]: Entry): boolean => nodeHead + key.length + value.length > maxNode;
const leafSize = (entry: Entry): number =>
  even(nodeHead + entry[0].length + (isBig(entry) ? 8 : entry[1].length));
const branchSize = (key: Buffer): number => even(nodeHead + key.length);

/** Parts of the file in order. @throws {Error} a key that is too long */
export function buildLmdb(entries: readonly Entry[]): Buffer[] {
  const long = entries.find(([key]) => key.length > maxKey || key.length === 0);
  if (long) {
    const shown = long[0].toString('latin1', 0, 40);
    throw new Error(`key "${shown}": LMDB takes keys of 1 to ${maxKey} bytes`);
  }
  const builder = new Builder();
  const sorted = [...entries].sort((one, other) => Buffer.compare(one[0], other[0]));
  builder.build(sorted);
  return builder.parts;
}

class Builder {
  readonly parts: Buffer[] = [Buffer.alloc(pageSize), Buffer.alloc(pageSize)];
  #pageCount = 2;
  #branchPages = 0;
  #leafPages = 0;
  #overflowPages = 0;
  #depth = 0;

  build(entries: readonly Entry[]): void {
    let level = split(entries, (entry) => leafSize(entry) + 2, true).map((group) =>
      this.#leaf(group),
    );
    this.#depth = level.length === 0 ? 0 : 1;
    while (level.length > 1) {
      level = split(level, (child) => branchSize(child.firstKey) + 2, false).map((group) =>
        this.#branch(group),
      );
      this.#depth += 1;
    }
    this.#writeMeta(0, entries.length, level[0]?.page);
    this.#writeMeta(1, entries.length, level[0]?.page);
  }

  #page(flags: number): { readonly page: Buffer; readonly number: number } {
    const page = Buffer.alloc(pageSize);
    const number = this.#pageCount;
    this.#pageCount += 1;
    this.parts.push(page);
    page.writeBigUInt64LE(BigInt(number), at.number);
    page.writeUInt16LE(flags, at.flags);
    page.writeUInt16LE(headSize, at.lower);
    page.writeUInt16LE(pageSize, at.upper);
    return { page, number };
  }

  #leaf(entries: readonly Entry[]): Child {
    const { page, number } = this.#page(pageFlag.leaf);
    this.#leafPages += 1;
    for (const entry of entries) {
      const [key, value] = entry;
      const offset = addNode(page, leafSize(entry), key);
      page.writeUInt32LE(value.length, offset);
      const start = offset + nodeHead + key.length;
      if (isBig(entry)) {
        page.writeUInt16LE(nodeFlag.bigData, offset + 4);
        page.writeBigUInt64LE(BigInt(this.#overflow(value)), start);
      } else {
        value.copy(page, start);
      }
    }
    return { firstKey: entries[0]?.[0] ?? Buffer.alloc(0), page: number };
  }

  #branch(children: readonly Child[]): Child {
    const { page, number } = this.#page(pageFlag.branch);
    this.#branchPages += 1;
    children.forEach((child, index) => {
      // The first key of a branch is never compared, and empty.
      const key = index === 0 ? Buffer.alloc(0) : child.firstKey;
      const offset = addNode(page, branchSize(key), key);
      page.writeUInt32LE(child.page % 2 ** 32, offset);
      page.writeUInt16LE(Math.floor(child.page / 2 ** 32), offset + 4);
    });
    return { firstKey: children[0]?.firstKey ?? Buffer.alloc(0), page: number };
  }

  #overflow(value: Buffer): number {
    const count = Math.ceil((headSize + value.length) / pageSize);
    const pages = Buffer.alloc(count * pageSize);
    const number = this.#pageCount;
    pages.writeBigUInt64LE(BigInt(number), at.number);
    pages.writeUInt16LE(pageFlag.overflow, at.flags);
    pages.writeUInt32LE(count, at.overflowPages);
    value.copy(pages, headSize);
    this.parts.push(pages);
    this.#pageCount += count;
    this.#overflowPages += count;
    return number;
  }

  #writeMeta(index: number, entries: number, root: number | undefined): void {
    const page = this.parts[index];
    if (!page) return;
    const size = this.#pageCount * pageSize;
    page.writeBigUInt64LE(BigInt(index), at.number);
    page.writeUInt16LE(pageFlag.meta, at.flags);
    page.writeUInt32LE(magic, metaAt.magic);
    page.writeUInt32LE(dataVersion, metaAt.version);
    page.writeBigUInt64LE(BigInt(Math.max(minMapSize, size)), metaAt.mapSize);
    page.writeUInt32LE(pageSize, metaAt.pageSize);
    page.writeUInt16LE(freeListFlags, metaAt.freeFlags);
    page.writeBigUInt64LE(noPage, metaAt.freeRoot);
    const main = metaAt.main;
    page.writeUInt16LE(this.#depth, main + databaseAt.depth);
    page.writeBigUInt64LE(BigInt(this.#branchPages), main + databaseAt.branchPages);
    page.writeBigUInt64LE(BigInt(this.#leafPages), main + databaseAt.leafPages);
    page.writeBigUInt64LE(BigInt(this.#overflowPages), main + databaseAt.overflowPages);
    page.writeBigUInt64LE(BigInt(entries), main + databaseAt.entries);
    page.writeBigUInt64LE(root === undefined ? noPage : BigInt(root), main + databaseAt.root);
    page.writeBigUInt64LE(BigInt(this.#pageCount - 1), metaAt.lastPage);
    page.writeBigUInt64LE(BigInt(index), metaAt.transaction);
  }
}

/** Groups that each fill one page; none for no items. */
function split<T>(items: readonly T[], sizeOf: (item: T) => number, isLeaf: boolean): T[][] {
  const groups: T[][] = [];
  let left = 0;
  for (const item of items) {
    const size = sizeOf(item);
    const last = groups[groups.length - 1];
    // Branches have two children at least.
    if (last === undefined || (size > left && (isLeaf || last.length >= 2))) {
      groups.push([item]);
      left = room - size;
    } else {
      last.push(item);
      left -= size;
    }
  }
  // A last branch with one child would be none: it takes one from the branch before.
  const [before, last] = groups.slice(-2);
  const moved = !isLeaf && last?.length === 1 && before !== undefined ? before.pop() : undefined;
  if (moved !== undefined) last?.unshift(moved);
  return groups;
}

function addNode(page: Buffer, size: number, key: Buffer): number {
  const lower = page.readUInt16LE(at.lower);
  const offset = page.readUInt16LE(at.upper) - size;
  page.writeUInt16LE(offset, lower);
  page.writeUInt16LE(lower + 2, at.lower);
  page.writeUInt16LE(offset, at.upper);
  page.writeUInt16LE(key.length, offset + 6);
  key.copy(page, offset + nodeHead);
  return offset;
}
