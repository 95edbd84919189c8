import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FromQuoter } from './from-quoter.js';

function quoted(text: string, ...splits: number[]): string {
  const quoter = new FromQuoter();
  const bytes = Buffer.from(text, 'latin1');
  const cuts = [
    0,
    ...splits.map((at) => Math.min(at, bytes.length)).sort((a, b) => a - b),
    bytes.length,
  ];
  const pieces: Buffer[] = [];
  for (const [index, end] of cuts.entries())
    if (index > 0)
      for (const piece of quoter.quote(bytes.subarray(cuts[index - 1], end)))
        pieces.push(Buffer.from(piece));
  return Buffer.concat([...pieces, quoter.end()]).toString('latin1');
}

const rows: readonly [name: string, text: string, expected: string][] = [
  ['a line in the middle', 'a\nFrom b\n', 'a\n>From b\n\n'],
  ['the first line', 'From a\n', '>From a\n\n'],
  ['two in a row', 'From a\nFrom b\n', '>From a\n>From b\n\n'],
  ['not inside a line', 'x From a\n', 'x From a\n\n'],
  ['not a longer word', 'Fromage\n', 'Fromage\n\n'],
  ['one that is quoted already stays', '>From a\n', '>From a\n\n'],
  ['a text without a line end gets one', 'From', 'From\n\n'],
  ['nothing at all', '', '\n'],
];

for (const [name, text, expected] of rows) test(name, () => assert.equal(quoted(text), expected));

test('chunks make no difference, wherever they are cut', () => {
  const piece = fc.constantFrom('From ', 'F', 'rom ', '\n', 'x', '>', 'From', ' ');
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(60)), (pieces, splits) => {
      const text = pieces.join('');
      assert.equal(quoted(text, ...splits), quoted(text));
      assert.equal(
        quoted(text),
        `${text.replace(/^From /gm, '>From ')}${text === '' || text.endsWith('\n') ? '' : '\n'}\n`,
      );
    }),
  );
});
