/** testing/temporary-folder - a folder for one test file, gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

/** The folder; call it outside of tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'hikyaku-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
