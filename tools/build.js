/**
 * build - turns src/ into what Node runs.
 *
 *   node tools/build.js          dist/: one bundle a program, shared code split out
 *   node tools/build.js --tests  build/: every file on its own, tests included
 *
 * esbuild only strips types and joins files; `npm run typecheck` checks them.
 */
import { readdir, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

async function sources(directory) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

/** Programs are the `main.ts` of each command, and the entry points of `app`. */
async function entryPoints() {
  const commands = (await sources(path.join(root, 'src/command'))).filter(
    (file) => path.basename(file) === 'main.ts',
  );
  const app = ['master.ts', 'worker.ts', 'user-worker.ts', 'stand-alone.ts']
    .map((name) => path.join(root, 'src/app', name))
    .filter((file) => existsSync(file));
  return [...commands, ...app];
}

const common = {
  absWorkingDir: root,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  logLevel: 'warning',
  outbase: path.join(root, 'src'),
};

if (process.argv.includes('--tests')) {
  await rm(path.join(root, 'build'), { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: await sources(path.join(root, 'src')),
    outdir: path.join(root, 'build'),
  });
} else {
  // Built beside and put in place at the end: a running server keeps files to start workers from.
  const fresh = path.join(root, `dist.${process.pid}`);
  const old = path.join(root, `dist.${process.pid}.old`);
  await build({
    ...common,
    entryPoints: await entryPoints(),
    outdir: fresh,
    bundle: true,
    splitting: true,
    packages: 'external',
    chunkNames: 'shared/[name]-[hash]',
  });
  const place = path.join(root, 'dist');
  if (existsSync(place)) await rename(place, old);
  await rename(fresh, place);
  await rm(old, { recursive: true, force: true });
}
