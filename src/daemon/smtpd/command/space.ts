/** command/space - is there room for a message of this size? queue_minfree, message_size_limit. */
import { statfs } from 'node:fs/promises';
import type { Settings } from '../../../lib/config/settings.js';

const checkEveryMs = 1000;
let checkedAt = -Infinity;
let free = Infinity;

/** The queue's file system is asked at most once a second; this process stands in the queue directory. */
export async function hasRoom(
  settings: Pick<Settings, 'queue_minfree' | 'message_size_limit'>,
  size: number,
): Promise<boolean> {
  const now = performance.now();
  if (now - checkedAt > checkEveryMs) {
    checkedAt = now;
    try {
      const { bavail, bsize } = await statfs('.');
      free = bavail * bsize;
    } catch {
      free = Infinity; // the commit will tell
    }
  }
  // Postfix: smtpd.c, twice the message size limit besides queue_minfree.
  if (free <= settings.queue_minfree) return false;
  return size <= (free - settings.queue_minfree) / 2 && settings.message_size_limit * 1.5 <= free;
}
