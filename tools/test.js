/**
 * test - builds the tests and runs them with Node's own runner.
 *
 *   node tools/test.js [path-part…]   only the tests whose path holds one of the words
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const words = process.argv.slice(2);

function run(...args) {
  const result = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

run('tools/build.js');
run('tools/build.js', '--tests');

const tests = readdirSync(path.join(root, 'build'), { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort()
  .map((file) => path.join('build', file));
if (tests.length === 0) {
  console.error(`no test matches: ${words.join(' ')}`);
  process.exit(1);
}
run('--enable-source-maps', '--test', ...tests);
