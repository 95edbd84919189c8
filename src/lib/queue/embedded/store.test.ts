import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { queueStoreConformance } from '../../../testing/queue-store-conformance.js';
import { temporaryFolder } from '../../../testing/temporary-folder.js';
import { openStore } from '../stores.js';

const folder = temporaryFolder();

queueStoreConformance('the embedded store', async () => {
  const directory = mkdtempSync(path.join(folder, 'queue-'));
  return () => openStore({ directory });
});
