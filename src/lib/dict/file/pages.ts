/**
 * dict/file/pages - a table file as numbered pages.
 *
 * Files of a usual size are read once into memory, so that a lookup makes no system call; a larger one stays open
 * and pages are read as needed, the last ones kept.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { FileSignature } from './format.js';
import { signatureOf } from './signature.js';

export interface Pages {
  readonly pageSize: number;
  readonly count: number;
  /** A view that is valid until the next call at least. @throws {Error} outside of the file */
  page(number: number): Buffer;
}

export interface TableFile {
  readonly signature: FileSignature;
  /** First bytes of the file, at most 4096, for the format to find its page size. */
  readonly head: Buffer;
  pages(pageSize: number): Pages;
  close(): void;
}

const maxInMemory = 64 * 1024 * 1024;
const maxKeptPages = 1024;

/** @throws system errors of open and read */
export function openTableFile(path: string, memoryLimit = maxInMemory): TableFile {
  const descriptor = openSync(path, 'r');
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new Error('not a regular file');
    const signature = signatureOf(stats);
    if (stats.size > memoryLimit) {
      const head = readAt(descriptor, 0, 4096);
      return {
        signature,
        head,
        pages: (pageSize) => pagesOfDescriptor(descriptor, pageSize, stats.size),
        close: () => closeQuietly(descriptor),
      };
    }
    const content = readAt(descriptor, 0, stats.size);
    closeQuietly(descriptor);
    return {
      signature,
      head: content.subarray(0, 4096),
      pages: (pageSize) => pagesOfBuffer(content, pageSize),
      close: () => undefined,
    };
  } catch (error) {
    closeQuietly(descriptor);
    throw error;
  }
}

function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // Nothing was written, so nothing can be lost.
  }
}

/** Reads fully, or up to the end of the file. */
function readAt(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(descriptor, bytes, filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

export function pagesOfBuffer(content: Buffer, pageSize: number): Pages {
  const count = Math.floor(content.length / pageSize);
  return {
    pageSize,
    count,
    page(number) {
      if (number >= count) throw new Error(`page ${number} is outside of the file`);
      return content.subarray(number * pageSize, (number + 1) * pageSize);
    },
  };
}

function pagesOfDescriptor(descriptor: number, pageSize: number, size: number): Pages {
  const count = Math.floor(size / pageSize);
  const kept = new Map<number, Buffer>();
  return {
    pageSize,
    count,
    page(number) {
      const known = kept.get(number);
      if (known) return known;
      if (number >= count) throw new Error(`page ${number} is outside of the file`);
      const page = readAt(descriptor, number * pageSize, pageSize);
      if (page.length < pageSize) throw new Error(`page ${number} is cut off`);
      if (kept.size >= maxKeptPages) kept.delete(kept.keys().next().value ?? 0);
      kept.set(number, page);
      return page;
    },
  };
}
