/** dict/file/signature - tells whether a file is still the one that was read. */
import { type Stats, statSync } from 'node:fs';
import type { FileSignature } from './format.js';

export function signatureOf(stats: Stats): FileSignature {
  return {
    inode: stats.ino,
    size: stats.size,
    modified: stats.mtimeMs,
    changed: stats.ctimeMs,
  };
}

export function isSame(one: FileSignature, other: FileSignature): boolean {
  return (
    one.inode === other.inode &&
    one.size === other.size &&
    one.modified === other.modified &&
    one.changed === other.changed
  );
}

/** Undefined: no such file, or none that we may look at. */
export function signatureAt(path: string): FileSignature | undefined {
  try {
    return signatureOf(statSync(path));
  } catch {
    return undefined; // opening it says why
  }
}
