/**
 * server/print-queue - writes a listing of an instance's queue to standard output, as fast as it is read.
 *
 * The first line comes at once, however long the queue is.
 */
import process from 'node:process';
import type { QueueStore } from '../queue/store.js';
import { openQueue } from './queue-access.js';

const chunkSize = 32 * 1024;

/** @throws {FatalError} the queue may not be read */
export async function printQueue(
  configDirectory: string | undefined,
  lines: (store: QueueStore) => Iterable<string>,
): Promise<void> {
  const { store } = await openQueue(configDirectory);
  try {
    let text = '';
    let isFirst = true;
    for (const line of lines(store)) {
      text += `${line}\n`;
      if (!isFirst && text.length < chunkSize) continue;
      isFirst = false;
      await write(text);
      text = '';
    }
    await write(text);
  } finally {
    await store.close();
  }
}

async function write(text: string): Promise<void> {
  if (text === '' || process.stdout.write(text)) return;
  await new Promise((resolve) => process.stdout.once('drain', resolve));
}
