/** fuzz/corpus - inputs that are kept: a folder for each target, a file for each input, named after its content. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const maxFile = 4096;
const maxFiles = 150;

export function readCorpus(folder: string, target: string): Buffer[] {
  const place = path.join(folder, target);
  try {
    return readdirSync(place)
      .sort()
      .map((name) => readFileSync(path.join(place, name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Puts these in the place of what was there; the long ones are left out, and the longest of too many. */
export function writeCorpus(folder: string, target: string, inputs: readonly Buffer[]): number {
  const place = path.join(folder, target);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const kept = inputs
    .filter((input) => input.length <= maxFile)
    .sort((one, other) => one.length - other.length)
    .slice(0, maxFiles);
  for (const input of kept) writeFileSync(path.join(place, nameOf(input)), input);
  return kept.length;
}

export function nameOf(input: Buffer): string {
  return createHash('sha1').update(input).digest('hex').slice(0, 12);
}
