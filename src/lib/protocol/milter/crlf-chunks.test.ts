import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { CrlfChunks, LfText } from './crlf-chunks.js';

const anyText = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r'), maxLength: 60 });
const anyStep = fc.integer({ min: 1, max: 7 });

function pieces(text: string, step: number): Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  const all: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += step) all.push(bytes.subarray(at, at + step));
  return all;
}

test('every line feed gets its carriage return, in pieces of the size that was asked for', () => {
  fc.assert(
    fc.property(anyText, anyStep, fc.integer({ min: 1, max: 9 }), (text, step, size) => {
      const chunks = new CrlfChunks(size);
      const full = pieces(text, step).flatMap((piece) => [...chunks.push(piece)]);
      const last = chunks.end();
      assert.ok(full.every(({ length }) => length === size) && last.length < size);
      assert.equal(Buffer.concat([...full, last]).toString(), text.replaceAll('\n', '\r\n'));
    }),
    { numRuns: 200 },
  );
});

test('CRLF becomes LF wherever the text is cut, and a lone CR stays', () => {
  fc.assert(
    fc.property(anyText, anyStep, (text, step) => {
      const lf = new LfText();
      const parts = pieces(text, step).map((piece) => Buffer.from(lf.push(piece)));
      assert.equal(Buffer.concat([...parts, lf.end()]).toString(), text.replaceAll('\r\n', '\n'));
    }),
    { numRuns: 300 },
  );
});
