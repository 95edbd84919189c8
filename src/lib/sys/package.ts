/** sys/package - where this package lies on disk, so that programs find each other. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds bin/, conf/ and dist/. */
export function packageRoot(): string {
  let directory = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(directory, 'bin', 'package.json'))) {
    const parent = path.dirname(directory);
    if (parent === directory)
      throw new Error('the installation of hikyaku is not complete: bin/ is missing');
    directory = parent;
  }
  return directory;
}

/** A program that the build made: `app/worker.js`, `command/postqueue/main.js`. */
export function builtProgram(name: string): string {
  return path.join(packageRoot(), 'dist', name);
}

/** Version of this package. */
export function packageVersion(): string {
  const text = readFileSync(path.join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
