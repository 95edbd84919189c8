import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { decodeXtext, encodeXtext } from './xtext.js';

test('xtext is decoded, and what is not xtext is refused', () => {
  assert.equal(decodeXtext('abc+2Bdef+40x'), 'abc+def@x');
  for (const bad of ['a+2', 'a+2b', 'a b', 'a+', '+ZZ'])
    assert.equal(decodeXtext(bad), undefined, bad);
});

test('encoding and decoding gives the same text', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\x20-\x7e]{0,30}$/), (text) => {
      const encoded = encodeXtext(text);
      assert.match(encoded, /^[!-~]*$/);
      assert.equal(decodeXtext(encoded), text);
    }),
  );
});
