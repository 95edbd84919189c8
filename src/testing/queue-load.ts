/**
 * testing/queue-load - commits messages as fast as it can and prints the id of each when it is durable; for tests that
 * kill it. Argument: the queue directory.
 */
import process from 'node:process';
import { openStore } from '../lib/queue/stores.js';
import { addMessage } from './queue-store-conformance.js';

/** At a time. */
const writers = 8;

const store = await openStore({ directory: process.argv[2] ?? '' });

async function load(writer: number): Promise<never> {
  for (let count = 0; ; count += 1) {
    const isLarge = (writer + count) % 10 === 0;
    const size = isLarge ? 200_000 : 2_000;
    const id = await addMessage(store, {
      content: Buffer.alloc(size, `${writer} ${count}\n`),
      recipients: isLarge ? 120 : 1,
    });
    // A pipe is written to at once: what the parent reads, this process had acknowledged.
    process.stdout.write(`${id} ${size} ${writer} ${count}\n`);
  }
}

await Promise.all(Array.from({ length: writers }, (_, writer) => load(writer)));
