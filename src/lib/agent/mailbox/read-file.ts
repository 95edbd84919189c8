/**
 * agent/mailbox/read-file - a `.forward` or an `:include:` file, with the rights of this process.
 *
 * Looked at before it is opened, and again afterwards: a device or a FIFO in its place is never opened for long.
 */
import { constants, lstatSync, type Stats, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ReadOptions, UserFile } from '../../ipc/conversation/mailbox.js';
import { errnoText } from '../../util/errno-text.js';

export async function readUserFile(file: string, options: ReadOptions): Promise<UserFile> {
  const look = options.followLinks ? statSync : lstatSync;
  let found: Stats;
  try {
    found = look(file);
  } catch (error) {
    return isMissing(error)
      ? { is: 'missing' }
      : { is: 'failed', call: 'lookup', text: errnoText(error) };
  }
  if (!found.isFile()) return { is: 'refused', text: 'is not a regular file' };
  if ((found.mode & 0o002) !== 0) return { is: 'refused', text: 'is world writable' };
  if (found.size > options.maxBytes)
    return { is: 'refused', text: `is larger than ${options.maxBytes} bytes` };
  const flags =
    constants.O_RDONLY | constants.O_NONBLOCK | (options.followLinks ? 0 : constants.O_NOFOLLOW);
  try {
    const handle = await open(file, flags);
    try {
      const opened = await handle.stat();
      if (opened.dev !== found.dev || opened.ino !== found.ino)
        return { is: 'refused', text: 'changed while it was opened' };
      const bytes = Buffer.alloc(Math.min(opened.size, options.maxBytes));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
      const text = bytes.toString('utf8', 0, bytesRead);
      return { is: 'file', text, uid: opened.uid, mode: opened.mode & 0o7777 };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { is: 'failed', call: 'open', text: errnoText(error) };
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
