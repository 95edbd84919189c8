/**
 * dict/file/pages - a table file as numbered pages.
 *
 * Files of a usual size are read once into memory, so that a lookup makes no system call; a larger one stays open
 * and pages are read as needed, the last ones kept.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

export interface Pages {
  readonly pageSize: number;
  readonly count: number;
  /** A view that is valid until the next call at least. @throws {Error} outside of the file */
  page(number: number): Buffer;
}

export interface TableFile {
  /** First bytes of the file, at most `headSize`, for the format to find its page size. */
  readonly head: Buffer;
  pages(pageSize: number): Pages;
  close(): void;
}

const maxInMemory = 64 * 1024 * 1024;
const maxKeptPages = 1024;
const headSize = 4096;

/** A file that is in memory already when `content` is given. @throws system errors of open and read */
export function openTableFile(
  path: string,
  content?: Buffer,
  memoryLimit = maxInMemory,
): TableFile {
  if (content) return tableInMemory(content);
  const { descriptor, size } = openFile(path);
  try {
    if (size > memoryLimit) {
      return {
        head: readAt(descriptor, 0, headSize),
        pages: (pageSize) => pagesOfDescriptor(descriptor, pageSize, size),
        close: () => closeQuietly(descriptor),
      };
    }
  } catch (error) {
    closeQuietly(descriptor);
    throw error;
  }
  return tableInMemory(readAndClose(descriptor, size));
}

function tableInMemory(content: Buffer): TableFile {
  return {
    head: content.subarray(0, headSize),
    pages: (pageSize) => pagesOfBuffer(content, pageSize),
    close: () => undefined,
  };
}

/** The whole file, for formats without pages. @throws system errors of open and read */
export function readTableFile(path: string): Buffer {
  const { descriptor, size } = openFile(path);
  return readAndClose(descriptor, size);
}

function openFile(path: string): { readonly descriptor: number; readonly size: number } {
  // Not to wait for someone to write into a pipe of this name.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = fstatSync(descriptor);
  if (stats.isFile()) return { descriptor, size: stats.size };
  closeQuietly(descriptor);
  throw new Error('not a regular file');
}

function readAndClose(descriptor: number, size: number): Buffer {
  try {
    return readAt(descriptor, 0, size);
  } finally {
    closeQuietly(descriptor);
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
