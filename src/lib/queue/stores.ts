/** queue/stores - the kinds of message stores, a row each. */
import { accessSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { EmbeddedStore } from './embedded/store.js';
import type { QueueStore } from './store.js';

export interface StoreOptions {
  /** queue_directory, as this process reaches it. */
  readonly directory: string;
  readonly kind?: StoreKind;
  /** For commands that only look. Nothing is made or changed; a queue that is not there cannot be opened. */
  readonly readOnly?: boolean;
}

export type StoreKind = keyof typeof stores;

const stores = {
  /** LMDB, one machine. */
  embedded({ directory, readOnly = false }: StoreOptions): QueueStore {
    if (readOnly) {
      // The library makes what is missing, also when it is to read only.
      accessSync(path.join(directory, 'queue', 'mail.mdb'));
    } else {
      for (const folder of ['queue', 'spool'])
        mkdirSync(path.join(directory, folder), { recursive: true, mode: 0o700 });
    }
    return new EmbeddedStore(directory, readOnly);
  },
} as const;

/** @throws system errors: unreadable, no rights */
export async function openStore(options: StoreOptions): Promise<QueueStore> {
  return stores[options.kind ?? 'embedded'](options);
}
