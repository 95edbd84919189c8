/**
 * dict/file/replace - puts a new table file in the place of the old one at once, so that readers see either.
 *
 * Owner and mode of an existing file are kept. Where the folder may not be written but the file may, it is written
 * in place, as Postfix always does.
 */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writevSync,
} from 'node:fs';
import path from 'node:path';

/** @param mode of a new file @throws system errors; then the old file is as it was */
export function replaceFile(file: string, parts: readonly Buffer[], mode: number): void {
  const old = statSync(file, { throwIfNoEntry: false });
  // A link stays a link: what it leads to is replaced.
  const target = old ? realpathSync(file) : file;
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.new`);
  let descriptor: number;
  try {
    rmSync(temporary, { force: true });
    descriptor = openSync(temporary, 'wx', mode);
  } catch (error) {
    if (!old || !isDenied(error)) throw error;
    writeInPlace(target, parts);
    return;
  }
  try {
    writeParts(descriptor, parts);
    keepOwnerAndMode(descriptor, old, mode);
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function isDenied(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'EACCES' || code === 'EPERM';
}

function keepOwnerAndMode(descriptor: number, old: Stats | undefined, mode: number): void {
  if (!old) {
    fchmodSync(descriptor, mode); // whatever the umask
    return;
  }
  try {
    fchownSync(descriptor, old.uid, old.gid);
  } catch (error) {
    if (!isDenied(error)) throw error; // only root can give files away
  }
  fchmodSync(descriptor, old.mode & 0o7777);
}

function writeInPlace(file: string, parts: readonly Buffer[]): void {
  const descriptor = openSync(file, 'r+');
  try {
    ftruncateSync(descriptor, 0);
    writeParts(descriptor, parts);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const maxParts = 512; // below IOV_MAX

function writeParts(descriptor: number, parts: readonly Buffer[]): void {
  for (let start = 0; start < parts.length; start += maxParts) {
    let batch = parts.slice(start, start + maxParts);
    while (batch.length > 0) {
      let written = writevSync(descriptor, batch);
      // A write may be cut short when the disk gets full; the next one then says so.
      while (batch[0] !== undefined && written >= batch[0].length) {
        written -= batch[0].length;
        batch = batch.slice(1);
      }
      if (batch[0] !== undefined && written > 0)
        batch = [batch[0].subarray(written), ...batch.slice(1)];
    }
  }
}
