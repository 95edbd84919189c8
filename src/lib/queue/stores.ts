/** queue/stores - the kinds of message stores, a row each. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { EmbeddedStore } from './embedded/store.js';
import type { QueueStore } from './store.js';

export interface StoreOptions {
  /** queue_directory, as this process reaches it. */
  readonly directory: string;
  readonly kind?: StoreKind;
}

export type StoreKind = keyof typeof stores;

const stores = {
  /** LMDB, one machine. */
  embedded(options: StoreOptions): QueueStore {
    for (const folder of ['queue', 'spool']) {
      mkdirSync(path.join(options.directory, folder), { recursive: true, mode: 0o700 });
    }
    return new EmbeddedStore(options.directory);
  },
} as const;

/** @throws system errors: unreadable, no rights */
export async function openStore(options: StoreOptions): Promise<QueueStore> {
  return stores[options.kind ?? 'embedded'](options);
}
