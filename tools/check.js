/** check - every static check of the project, in one command; the first failure ends it. */
import { spawnSync } from 'node:child_process';
import process from 'node:process';

const checks = [
  ['types', 'npx', ['tsc', '--noEmit']],
  ['layers', 'npx', ['depcruise', '--config', 'tools/dependency-cruiser.cjs', 'src']],
  ['format', 'npx', ['biome', 'format', 'src', 'tools']],
  ['lint', 'npx', ['eslint', '--max-warnings', '0', 'src']],
];

for (const [name, command, args] of checks) {
  console.log(`check: ${name}`);
  const result = spawnSync(command, args, { stdio: 'inherit' });
  if (result.status !== 0) process.exit(result.status ?? 1);
}
