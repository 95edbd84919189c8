/**
 * sys/file-calls - file calls on bare descriptors, as promises.
 *
 * A FileHandle of node:fs/promises costs about twice the time of these on a small file; whoever opens here closes.
 */
import fs from 'node:fs';
import { promisify } from 'node:util';

export const openFile = promisify(fs.open) as (
  path: string,
  flags: number,
  mode?: number,
) => Promise<number>;
export const closeFile = promisify(fs.close);
export const syncFile = promisify(fs.fsync);
export const syncData = promisify(fs.fdatasync);
export const truncateFile = promisify(fs.ftruncate);
export const unlinkFile = promisify(fs.unlink);

const writeVector = promisify(fs.writev) as unknown as (
  descriptor: number,
  buffers: readonly Uint8Array[],
) => Promise<{ readonly bytesWritten: number }>;

/** As writeAll(), at once: for what is small and goes to memory of the system, not to a disk. */
export function writeAllSync(descriptor: number, buffers: readonly Uint8Array[]): void {
  const wanted = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
  let written = fs.writevSync(descriptor, buffers);
  if (written === wanted) return;
  const whole = Buffer.concat(buffers);
  while (written < wanted) written += fs.writeSync(descriptor, whole, written);
}

/** All of the buffers, at the file's position or end. A short write (disk full, signal) is gone on with. */
export async function writeAll(descriptor: number, buffers: readonly Uint8Array[]): Promise<void> {
  let rest = buffers;
  for (;;) {
    const wanted = rest.reduce((sum, buffer) => sum + buffer.length, 0);
    if (wanted === 0) return;
    const { bytesWritten } = await writeVector(descriptor, rest);
    if (bytesWritten === wanted) return;
    rest = [Buffer.concat(rest).subarray(bytesWritten)];
  }
}
