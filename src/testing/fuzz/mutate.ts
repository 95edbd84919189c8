/**
 * fuzz/mutate - a new input from old ones: bits, words, pieces of others, lines, and now and then a bomb.
 *
 * Most inputs are short, for speed; one in some hundreds is blown up to nearly the longest allowed, by repeating a
 * piece or by nesting, since time that grows with the square shows only there.
 */
import type { Random } from './random.js';
import type { FuzzTarget } from './target.js';

const usualLength = 4096;
const bombEvery = 400;
const numbers = ['0', '1', '-1', '255', '256', '65535', '65536', '2147483647', '4294967296'];
const bytes = [0, 1, 9, 10, 13, 32, 34, 36, 40, 58, 60, 64, 92, 123, 127, 128, 192, 255];

export function mutate(
  start: Buffer,
  corpus: readonly Buffer[],
  target: FuzzTarget,
  random: Random,
): Buffer {
  const longest = target.maxLength ?? 100_000;
  if (random.oneIn(bombEvery)) return bomb(start, target, random, longest);
  let input = start;
  const rounds = 1 + random.below(random.oneIn(4) ? 12 : 4);
  for (let round = 0; round < rounds; round += 1) input = once(input, corpus, target, random);
  const limit = Math.min(longest, start.length > usualLength ? start.length : usualLength);
  return input.length > limit ? input.subarray(0, limit) : input;
}

function once(
  input: Buffer,
  corpus: readonly Buffer[],
  target: FuzzTarget,
  random: Random,
): Buffer {
  const at = random.below(input.length + 1);
  const length = 1 + random.below(random.oneIn(4) ? 64 : 8);
  switch (random.below(target.isBinary === true ? 7 : 12)) {
    case 0:
    case 1:
      return changed(input, at, random);
    case 2:
      return splice(input, at, at, Buffer.from([random.below(256)]));
    case 3:
      return splice(input, at, at + length, Buffer.alloc(0));
    case 4: {
      // A piece of the input again, elsewhere or at once.
      const from = random.below(input.length + 1);
      return splice(input, at, at, input.subarray(from, from + length));
    }
    case 5:
    case 7:
    case 8:
      return splice(input, at, at, wordOf(target, random));
    case 6:
    case 9: {
      const other = random.pick(corpus) ?? input;
      const from = random.below(other.length + 1);
      return random.oneIn(2)
        ? Buffer.concat([input.subarray(0, at), other.subarray(from)])
        : splice(input, at, at + length, other.subarray(from, from + length * 4));
    }
    case 10:
      return splice(input, at, at + length, wordOf(target, random));
    default: {
      const piece = input.subarray(at, at + length);
      const count = 1 + random.below(20);
      return splice(input, at, at, Buffer.concat(Array.from({ length: count }, () => piece)));
    }
  }
}

function wordOf(target: FuzzTarget, random: Random): Buffer {
  const list = target.words.length === 0 || random.oneIn(12) ? numbers : target.words;
  return Buffer.from(random.pick(list) ?? '', 'latin1');
}

function changed(input: Buffer, at: number, random: Random): Buffer {
  if (input.length === 0) return input;
  const copy = Buffer.from(input);
  const index = Math.min(at, copy.length - 1);
  const old = copy[index] ?? 0;
  const kinds = [
    old ^ (1 << random.below(8)),
    old + 1,
    old - 1,
    random.below(256),
    random.pick(bytes) ?? 0,
  ];
  copy[index] = (kinds[random.below(kinds.length)] ?? 0) & 0xff;
  return copy;
}

function splice(input: Buffer, from: number, to: number, put: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, from), put, input.subarray(Math.min(to, input.length))]);
}

/** Blown up to between a fifth of the longest and all of it. */
function bomb(start: Buffer, target: FuzzTarget, random: Random, longest: number): Buffer {
  const size = Math.floor(longest / (1 + random.below(5)));
  const at = random.below(start.length + 1);
  const isWord = random.oneIn(2);
  const piece = isWord ? wordOf(target, random) : start.subarray(at, at + 1 + random.below(40));
  const other = random.oneIn(2) ? wordOf(target, random) : Buffer.from([random.below(256)]);
  const room = Math.max(0, size - start.length);
  const repeated = (part: Buffer, bytes: number): Buffer =>
    part.length === 0 ? part : Buffer.alloc(bytes, part);
  const inside =
    random.below(3) === 0
      ? Buffer.concat([repeated(piece, room >> 1), repeated(other, room >> 1)])
      : repeated(random.oneIn(2) ? Buffer.concat([piece, other]) : piece, room);
  return Buffer.concat([start.subarray(0, at), inside, start.subarray(at)]).subarray(0, longest);
}
