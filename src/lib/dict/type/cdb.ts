/**
 * dict/type/cdb - `cdb:/path`: constant databases, D. J. Bernstein's format.
 *
 * 256 hash tables stand behind the records; each slot is a hash and a position. All numbers are little-endian, 32
 * bits, so a file ends at 4 GiB.
 */
import type { Entry, TableReader } from '../file/format.js';
import { readTableFile } from '../file/pages.js';
import { databaseType } from './database.js';

const headSize = 2048;
const slotSize = 8;
const maxSize = 2 ** 32 - 1;

export const cdb = databaseType('cdb', {
  suffix: '.cdb',
  shownAs: (source) => source,
  trailingNul: false,
  isListable: false,
  read: (path, content) => openCdb(content ?? readTableFile(path)),
  build,
});

function hashOf(key: Buffer): number {
  let hash = 5381;
  for (let index = 0; index < key.length; index += 1)
    hash = (Math.imul(hash, 33) ^ (key[index] ?? 0)) >>> 0;
  return hash;
}

function openCdb(content: Buffer): TableReader {
  if (content.length < headSize) throw new Error('Invalid argument');
  return {
    find(key) {
      const hash = hashOf(key);
      const table = content.readUInt32LE((hash & 255) * 8);
      const slots = content.readUInt32LE((hash & 255) * 8 + 4);
      for (let probe = 0; probe < slots; probe += 1) {
        const slot = table + (((hash >>> 8) + probe) % slots) * slotSize;
        const position = content.readUInt32LE(slot + 4);
        if (position === 0) return undefined;
        if (content.readUInt32LE(slot) !== hash) continue;
        const keyEnd = position + 8 + key.length;
        if (content.readUInt32LE(position) !== key.length) continue;
        if (content.compare(key, 0, key.length, position + 8, keyEnd) !== 0) continue;
        return part(content, keyEnd, content.readUInt32LE(position + 4));
      }
      return undefined;
    },
    *entries() {
      const end = content.readUInt32LE(0);
      for (let position = headSize; position + 8 <= end; ) {
        const keyLength = content.readUInt32LE(position);
        const valueLength = content.readUInt32LE(position + 4);
        const key = part(content, position + 8, keyLength);
        yield [key, part(content, position + 8 + keyLength, valueLength)];
        position += 8 + keyLength + valueLength;
      }
    },
    close: () => undefined,
  };
}

function part(content: Buffer, start: number, length: number): Buffer {
  if (start + length > content.length)
    throw new Error('damaged file: entry reaches beyond its end');
  return content.subarray(start, start + length);
}

function build(entries: readonly Entry[]): Buffer[] {
  const parts: Buffer[] = [];
  const tables: { hash: number; position: number }[][] = Array.from({ length: 256 }, () => []);
  let position = headSize;
  for (const [key, value] of entries) {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(key.length, 0);
    head.writeUInt32LE(value.length, 4);
    parts.push(head, key, value);
    const hash = hashOf(key);
    tables[hash & 255]?.push({ hash, position });
    position += 8 + key.length + value.length;
    if (position > maxSize) throw new Error('too large for a cdb file; make it a hash: table');
  }
  const head = Buffer.alloc(headSize);
  tables.forEach((items, index) => {
    // Half of the slots stay empty, so that a search ends soon.
    const slots = items.length * 2;
    const table = Buffer.alloc(slots * slotSize);
    for (const item of items) {
      let slot = (item.hash >>> 8) % slots;
      while (table.readUInt32LE(slot * slotSize + 4) !== 0) slot = (slot + 1) % slots;
      table.writeUInt32LE(item.hash, slot * slotSize);
      table.writeUInt32LE(item.position, slot * slotSize + 4);
    }
    head.writeUInt32LE(position, index * 8);
    head.writeUInt32LE(slots, index * 8 + 4);
    parts.push(table);
    position += table.length;
  });
  if (position > maxSize) throw new Error('too large for a cdb file; make it a hash: table');
  return [head, ...parts];
}
