/**
 * fuzz - throws made-up inputs at every parser that reads what others wrote, and looks whether what must hold does.
 *
 *   npm run fuzz -- [--target NAME[,NAME]] [--inputs N] [--seconds N] [--seed S] [--workers N]
 *                   [--keep-corpus]    test/fuzz/corpus/NAME becomes the inputs that reach most with least
 *                   [--replay FILE]    one input, once (with --target)
 *                   [--list]
 *
 * --inputs and --seconds are for each target; what comes first ends it. A row for each target: inputs, inputs a
 * second, the slowest input in ms (the best of five runs alone; 50 ms for each 100 KB begun is the bound), places reached,
 * findings. The exit status is 1 when there is a finding; its input lies in var/fuzz, with the command that replays it.
 */
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { instrument, preamble } from './instrument.js';

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    inputs: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '1' },
    'keep-corpus': { type: 'boolean', default: false },
    replay: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});

const bundle = path.join(root, 'var/fuzz/bundle');
const plain = path.join(root, 'var/fuzz/plain');
const limitMs = 50;

const common = {
  absWorkingDir: root,
  entryPoints: ['src/testing/fuzz/main.ts', 'src/testing/fuzz/targets.ts'],
  bundle: true,
  splitting: false,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
};
await build({
  ...common,
  outdir: bundle,
  banner: { js: preamble },
  plugins: [instrument(/src\/(?:lib|daemon|command)\/.*\.ts$/)],
});
await build({ ...common, outdir: plain });

const { targets } = await import(path.join(bundle, 'targets.js'));
const names = targets.map(({ name }) => name);
if (values.list) {
  console.log(names.join('\n'));
  process.exit(0);
}
const wanted = values.target === undefined ? names : values.target.split(',');
const unknown = wanted.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`no target ${unknown}; there are: ${names.join(' ')}`);
  process.exit(64);
}

function taskOf(target) {
  const seconds = values.seconds ?? (values.inputs === undefined ? '10' : undefined);
  return {
    target,
    inputs: Number(values.inputs ?? 1e12),
    seconds: Number(seconds ?? 1e9),
    seed: Number(values.seed),
    corpus: path.join(root, 'test/fuzz/corpus'),
    findings: path.join(root, 'var/fuzz'),
    keepCorpus: values['keep-corpus'],
    ...(values.replay === undefined ? {} : { replay: path.resolve(values.replay) }),
  };
}

const command = (target) => [
  '--enable-source-maps',
  path.join(bundle, 'main.js'),
  JSON.stringify(taskOf(target)),
];

/** Milliseconds of the slowest of these inputs, each measured alone, without counters; and which it was. */
function measured(target, files) {
  const task = JSON.stringify({ ...taskOf(target), measure: files });
  const done = spawnSync(process.execPath, [path.join(plain, 'main.js'), task], { cwd: root });
  const times = done.status === 0 ? JSON.parse(done.stdout.toString()) : [Infinity];
  const slowest = Math.max(0, ...times);
  return { slowest, file: files[times.indexOf(slowest)] };
}

if (values.replay !== undefined) {
  const done = spawnSync(process.execPath, command(wanted[0]), { cwd: root, stdio: 'inherit' });
  process.exit(done.status ?? 1);
}

const columns = (cells) =>
  cells.map((cell, index) => (index === 0 ? cell.padEnd(20) : cell.padStart(11))).join(' ');
console.log(
  columns(['target', 'inputs', 'inputs/s', 'slowest ms', 'reached', 'corpus', 'findings']),
);
const sum = { inputs: 0, seconds: 0, findings: 0, slowestMs: 0 };

async function runTarget(target) {
  const child = spawn(process.execPath, command(target), {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let summary;
  for await (const line of createInterface({ input: child.stdout }))
    summary = line.startsWith('{"target"') ? JSON.parse(line) : summary;
  if (!summary) {
    const input = path.join('var/fuzz', `${target}-running`);
    console.log(`${target}: the process ended; its last input, if it kept one: ${input}`);
    sum.findings += 1;
    return;
  }
  const { inputs, seconds, reached, corpus, findings } = summary;
  const { slowest, file } = measured(target, summary.slowest);
  if (slowest > limitMs) {
    findings.push(file);
    console.error(`\n${target}: ${slowest.toFixed(1)} ms for each 100 KB begun: ${file}`);
  }
  console.log(
    columns([
      target,
      String(inputs),
      String(Math.round(inputs / seconds)),
      slowest.toFixed(1),
      String(reached),
      String(corpus),
      String(findings.length),
    ]),
  );
  sum.inputs += inputs;
  sum.seconds += seconds;
  sum.findings += findings.length;
  sum.slowestMs = Math.max(sum.slowestMs, slowest);
}

const waiting = [...wanted];
async function worker() {
  for (let target = waiting.shift(); target !== undefined; target = waiting.shift())
    await runTarget(target);
}
await Promise.all(Array.from({ length: Number(values.workers) }, worker));
console.log(
  columns([
    `${wanted.length} targets`,
    String(sum.inputs),
    String(Math.round(sum.inputs / sum.seconds)),
    sum.slowestMs.toFixed(1),
    '',
    '',
    String(sum.findings),
  ]),
);
process.exitCode = sum.findings === 0 ? 0 : 1;
