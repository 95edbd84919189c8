/**
 * fuzz/engine - runs one target: new inputs from old ones, those that reach new code are kept.
 *
 * A finding is an error that the target does not declare. The slowest inputs are kept, for main to measure them again,
 * without counters and alone. Same seed, target and corpus: same inputs, as far as what is reached is.
 */
import process from 'node:process';
import { coverage } from './coverage.js';
import { mutate } from './mutate.js';
import { Random } from './random.js';
import type { FuzzTarget } from './target.js';

export interface FuzzOptions {
  readonly seed: number;
  /** Stops after so many. */
  readonly inputs: number;
  /** Stops after so much time. */
  readonly seconds: number;
  /** Told of each input before it runs. */
  before?(input: Buffer): void;
}

export interface FoundInput {
  readonly input: Buffer;
  readonly text: string;
}

export interface FuzzReport {
  readonly inputs: number;
  readonly seconds: number;
  /** The slowest inputs, the slowest first, to be measured alone. */
  readonly slowest: readonly Buffer[];
  readonly findings: readonly FoundInput[];
  /** Inputs that reached new code, those given included. */
  readonly corpus: readonly Buffer[];
  readonly reached: number;
}

type Run = (input: Buffer) => void | Promise<void>;

const maxFindings = 20;
const keptSlowest = 5;

export async function fuzz(
  target: FuzzTarget,
  given: readonly Buffer[],
  options: FuzzOptions,
): Promise<FuzzReport> {
  const random = new Random(options.seed);
  const reached = coverage();
  const run = target.start();
  const corpus: Buffer[] = [];
  const findings = new Map<string, FoundInput>();
  const begun = performance.now();
  const slowest: { readonly ms: number; readonly input: Buffer }[] = [];
  let inputs = 0;

  const take = async (input: Buffer): Promise<void> => {
    inputs += 1;
    options.before?.(input);
    const started = performance.now();
    const failure = await failureOf(run, input);
    const ms = scaled(performance.now() - started, input);
    if (failure) {
      const known = signature(failure);
      if (findings.has(known) || findings.size >= maxFindings) return;
      findings.set(known, { input, text: failure.stack ?? failure.message });
      findings.set(known, {
        input: await shortest(run, input, known, options),
        text: failure.stack ?? failure.message,
      });
      return;
    }
    const least = slowest.at(-1);
    if (least && slowest.length >= keptSlowest && ms <= least.ms) return;
    slowest.push({ ms, input: Buffer.from(input) });
    slowest.sort((one, other) => other.ms - one.ms);
    slowest.length = Math.min(slowest.length, keptSlowest);
  };

  const start = [...target.seeds.map(bytesOf), ...given];
  for (const input of start) {
    await take(input);
    corpus.push(input);
  }
  if (corpus.length === 0) corpus.push(Buffer.alloc(0));
  const isOver = (): boolean =>
    inputs >= options.inputs ||
    (inputs % 64 === 0 && performance.now() - begun >= options.seconds * 1000);
  while (!isOver()) {
    const before = reached.reached;
    const input = mutate(parent(corpus, random), corpus, target, random);
    await take(input);
    if (reached.reached > before) corpus.push(Buffer.from(input));
  }
  return {
    inputs,
    seconds: (performance.now() - begun) / 1000,
    slowest: slowest.map(({ input }) => input),
    findings: [...findings.values()],
    corpus,
    reached: reached.reached,
  };
}

export function bytesOf(text: string | Buffer): Buffer {
  return typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
}

/** What came last is tried more often: it reached what nothing before it did. */
function parent(corpus: readonly Buffer[], random: Random): Buffer {
  const recent = Math.min(corpus.length, 20);
  const index = random.oneIn(3)
    ? corpus.length - 1 - random.below(recent)
    : random.below(corpus.length);
  return corpus[index] ?? Buffer.alloc(0);
}

export async function failureOf(run: Run, input: Buffer): Promise<Error | undefined> {
  try {
    const result = run(input);
    if (result) await result;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What takes more than 100 KB may take as much longer. */
function scaled(ms: number, input: Buffer): number {
  return ms / Math.max(1, input.length / 100_000);
}

/**
 * Milliseconds for each 100 KB begun, the best of some runs: of the processor, not of the clock, since what else the
 * machine does must not count.
 */
export async function leastOf(run: Run, input: Buffer, times: number): Promise<number> {
  let least = Infinity;
  for (let time = 0; time < times; time += 1) {
    const before = process.cpuUsage();
    await failureOf(run, input);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, scaled((user + system) / 1000, input));
  }
  return least;
}

/** The same fault says the same up to the first detail, or comes from the same place. */
function signature(error: Error): string {
  if (error.name === 'Finding') return (error.message.split(/[:"]/)[0] ?? '').replace(/\d+/g, '0');
  const place = /\n\s+at .*?([\w-]+\.[jt]s:\d+)/.exec(error.stack ?? '')?.[1] ?? '';
  return `${error.name} ${place}`;
}

const shortenTries = 2000;

/** The input with as much left out as the same fault allows. */
async function shortest(
  run: Run,
  given: Buffer,
  known: string,
  options: FuzzOptions,
): Promise<Buffer> {
  let input = given;
  let tries = 0;
  for (let size = input.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < input.length && tries < shortenTries; ) {
      tries += 1;
      const shorter = Buffer.concat([input.subarray(0, at), input.subarray(at + size)]);
      options.before?.(shorter);
      const failure = await failureOf(run, shorter);
      if (failure && signature(failure) === known) input = shorter;
      else at += size;
    }
  }
  return input;
}

/** Of a corpus the inputs that reach something which no shorter one does. */
export async function leastCorpus(
  target: FuzzTarget,
  corpus: readonly Buffer[],
): Promise<Buffer[]> {
  const reached = coverage();
  const run = target.start();
  reached.reset();
  for (const seed of target.seeds) await failureOf(run, bytesOf(seed));
  const kept: Buffer[] = [];
  for (const input of [...corpus].sort((one, other) => one.length - other.length)) {
    const before = reached.reached;
    await failureOf(run, input);
    if (reached.reached > before) kept.push(input);
  }
  return kept;
}
