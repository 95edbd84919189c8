/**
 * fuzz/main - one target in a process of its own: `main.js JSON`, as test/fuzz/run.js starts it.
 *
 * The target runs in a thread. This one looks whether it goes on: an input that holds it up for long is a finding,
 * and so is one that ends the process (C code); both are read from where the thread noted them.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { nameOf, readCorpus, writeCorpus } from './corpus.js';
import { failureOf, fuzz, leastCorpus, leastOf } from './engine.js';
import type { FuzzTarget } from './target.js';
import { targetNamed } from './targets.js';

interface Task {
  readonly target: string;
  readonly inputs: number;
  readonly seconds: number;
  readonly seed: number;
  readonly corpus: string;
  readonly findings: string;
  readonly keepCorpus: boolean;
  /** A file to run once. */
  readonly replay?: string;
  /** Files to measure. */
  readonly measure?: readonly string[];
}

interface Shared {
  readonly task: Task;
  readonly state: SharedArrayBuffer;
}

/** What one target's run came to. */
export interface Summary {
  readonly target: string;
  readonly inputs: number;
  readonly seconds: number;
  /** Files, to be measured by another process without counters. */
  readonly slowest: readonly string[];
  readonly corpus: number;
  readonly reached: number;
  /** Files. */
  readonly findings: readonly string[];
}

const hangSeconds = 30;
const stateSize = 1 << 20;

function say(summary: Summary): void {
  process.stdout.write(`${JSON.stringify(summary)}\n`);
}

/** The input under way, where the other thread can see it: number, length, bytes. */
class Noted {
  readonly #numbers: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(state: SharedArrayBuffer) {
    this.#numbers = new Int32Array(state, 0, 2);
    this.#bytes = new Uint8Array(state, 8);
  }

  get count(): number {
    return Atomics.load(this.#numbers, 0);
  }

  get input(): Buffer {
    return Buffer.from(this.#bytes.slice(0, this.#numbers[1]));
  }

  set input(input: Buffer) {
    const short = input.subarray(0, this.#bytes.length);
    this.#bytes.set(short);
    this.#numbers[1] = short.length;
    Atomics.add(this.#numbers, 0, 1);
  }
}

function keep(task: Task, input: Buffer, text: string): string {
  mkdirSync(task.findings, { recursive: true });
  const file = path.join(task.findings, `${task.target}-${nameOf(input)}`);
  writeFileSync(file, input);
  process.stderr.write(
    `\n${task.target}: ${text}\n  replay: npm run fuzz -- --target ${task.target} --replay ${path.relative('.', file)}\n`,
  );
  return file;
}

function keepSlow(task: Task, input: Buffer, index: number): string {
  mkdirSync(task.findings, { recursive: true });
  const file = path.join(task.findings, `${task.target}-slow-${index}`);
  writeFileSync(file, input);
  return file;
}

async function runTarget({ task, state }: Shared): Promise<Summary> {
  const target = targetNamed(task.target);
  const noted = new Noted(state);
  const journal = path.join(task.findings, `${task.target}-running`);
  if (target.isNative === true) mkdirSync(task.findings, { recursive: true });
  const report = await fuzz(target, readCorpus(task.corpus, task.target), {
    ...task,
    before(input) {
      noted.input = input;
      if (target.isNative === true) writeFileSync(journal, input);
    },
  });
  const kept = await keptCorpus(target, task, report.corpus);
  return {
    target: task.target,
    inputs: report.inputs,
    seconds: report.seconds,
    slowest: report.slowest.map((input, index) => keepSlow(task, input, index)),
    reached: report.reached,
    corpus: kept,
    findings: report.findings.map(({ input, text }) => keep(task, input, text)),
  };
}

async function keptCorpus(
  target: FuzzTarget,
  task: Task,
  corpus: readonly Buffer[],
): Promise<number> {
  if (!task.keepCorpus) return corpus.length;
  return writeCorpus(task.corpus, task.target, await leastCorpus(target, corpus));
}

async function replay(task: Task, file: string): Promise<void> {
  const run = targetNamed(task.target).start();
  const input = readFileSync(file);
  const started = performance.now();
  const failure = await failureOf(run, input);
  const ms = performance.now() - started;
  process.stderr.write(
    `${task.target}: ${input.length} bytes, ${ms.toFixed(1)} ms: ${failure?.stack ?? 'as it should be'}\n`,
  );
  process.exitCode = failure ? 1 : 0;
}

/** Prints a number of milliseconds for each file. */
async function measure(task: Task, files: readonly string[]): Promise<void> {
  const run = targetNamed(task.target).start();
  const times: number[] = [];
  for (const file of files) times.push(await leastOf(run, readFileSync(file), 5));
  process.stdout.write(`${JSON.stringify(times)}\n`);
  process.exit(0);
}

function watch(task: Task): void {
  const state = new SharedArrayBuffer(stateSize);
  const shared: Shared = { task, state };
  const noted = new Noted(state);
  const worker = new Worker(new URL(import.meta.url), { workerData: shared });
  let seen = -1;
  let since = Date.now();
  const broken = (text: string): void => {
    const findings = [keep(task, noted.input, text)];
    const empty = {
      seconds: (Date.now() - begun) / 1000,
      slowest: [],
      corpus: 0,
      reached: 0,
    };
    say({ target: task.target, inputs: noted.count, ...empty, findings });
    // C code that does not return cannot be stopped otherwise.
    process.exit(1);
  };
  const begun = Date.now();
  const timer = setInterval(() => {
    const { count } = noted;
    if (count !== seen) {
      seen = count;
      since = Date.now();
    } else if (count > 0 && Date.now() - since > hangSeconds * 1000) {
      broken(`did not come back within ${hangSeconds} s`);
    }
  }, 1000);
  worker.on('message', (summary: Summary) => {
    clearInterval(timer);
    say(summary);
    process.exitCode = summary.findings.length === 0 ? 0 : 1;
  });
  worker.on('error', (error: Error) => broken(`the thread ended: ${error.stack ?? error.message}`));
}

if (isMainThread) {
  const task = JSON.parse(process.argv[2] ?? '{}') as Task;
  if (task.measure) await measure(task, task.measure);
  else if (task.replay === undefined) watch(task);
  else await replay(task, task.replay);
} else {
  const shared = workerData as Shared;
  parentPort?.postMessage(await runTarget(shared));
}
