/**
 * queue/embedded/failure - what a failed write means for the one who wanted it.
 *
 * LMDB reports a short write as "Input/output error", so a full disk is told by looking at the disk.
 */
import { statfs } from 'node:fs/promises';
import { QueueError } from '../store.js';

const causeMs = 1000; // the library tells it right after the failure, if at all
const littleSpace = 1024 * 1024; // bytes free, below which a failed write is put down to lack of space

/** @param directory of the queue */
export async function queueError(error: unknown, directory: string): Promise<QueueError> {
  if (error instanceof QueueError) return error;
  const cause = await commitError(error);
  const text = cause instanceof Error ? cause.message : String(cause);
  const isFull =
    /ENOSPC|EDQUOT|no space|quota|MDB_MAP_FULL/i.test(text) || (await isDiskFull(directory));
  return isFull
    ? new QueueError(`no space left for the queue (${text})`, 'full', { cause: error })
    : new QueueError(text, 'failed', { cause: error });
}

/** The library rejects a write with a pointer to the cause, as a promise that rejects in turn. */
async function commitError(error: unknown): Promise<unknown> {
  const pointer = (error as { commitError?: unknown } | null)?.commitError;
  if (!(pointer instanceof Promise)) return error;
  const told = pointer.then(
    () => error,
    (cause: unknown) => cause,
  );
  const waited = new Promise((resolve) => setTimeout(resolve, causeMs, error).unref());
  return Promise.race([told, waited]);
}

async function isDiskFull(directory: string): Promise<boolean> {
  try {
    const { bavail, bsize, ffree, files } = await statfs(directory);
    return bavail * bsize < littleSpace || (files > 0 && ffree === 0);
  } catch {
    return false;
  }
}
