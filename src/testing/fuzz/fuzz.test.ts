import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCorpus } from './corpus.js';
import { fuzz } from './engine.js';
import { type FuzzTarget, must } from './target.js';
import { targets } from './targets.js';

// Both src/ and build/ stand beside test/.
const corpus = fileURLToPath(new URL('../../../test/fuzz/corpus', import.meta.url));
const short = { seed: 1, inputs: 400, seconds: 2 };

for (const target of targets) {
  test(`${target.name}: what was ever found, and some made-up inputs, do no harm`, async () => {
    const { findings } = await fuzz(target, readCorpus(corpus, target.name), short);
    assert.deepEqual(
      findings.map(({ input, text }) => `${text}: ${JSON.stringify(input.toString('latin1'))}`),
      [],
    );
  });
}

/** Finds what stands between brackets, and has a fault where two of them follow each other within a quote. */
const faulty: FuzzTarget = {
  name: 'faulty',
  seeds: ['a [b] "c"'],
  words: ['[', ']', '"'],
  start: () => (input) => {
    const text = input.toString('latin1');
    must(!/"[^"]*\]\]/.test(text), 'brackets in a quote');
    if (/\[\[\[/.test(text)) throw new TypeError('planted');
  },
};

test('a fault that is planted is found, as short as it can be, and each one once', async () => {
  const { findings } = await fuzz(faulty, [], { seed: 3, inputs: 20_000, seconds: 60 });
  const texts = findings.map(({ input }) => input.toString('latin1')).sort();
  assert.deepEqual(texts, ['"]]', '[[[']);
});

test('the same seed makes the same inputs', async () => {
  const seen: string[][] = [[], []];
  for (const list of seen) {
    const noting: FuzzTarget = {
      ...faulty,
      start: () => (input) => void list.push(input.toString('latin1')),
    };
    await fuzz(noting, [], { seed: 9, inputs: 500, seconds: 60 });
  }
  assert.deepEqual(seen[0], seen[1]);
});
