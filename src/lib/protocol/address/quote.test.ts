import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { toInternal } from './path.js';
import { quoteAddress, splitAddress } from './quote.js';

test('a local part is quoted where the grammar wants it, and only there', () => {
  const rows: readonly (readonly [internal: string, external: string])[] = [
    ['user@x.y', 'user@x.y'],
    ['a b@x.y', '"a b"@x.y'],
    ['a.b+c@x.y', 'a.b+c@x.y'],
    ['.a@x.y', '".a"@x.y'],
    ['a..b@x.y', '"a..b"@x.y'],
    ['a"b\\c@x.y', '"a\\"b\\\\c"@x.y'],
    ['a@b@x.y', '"a@b"@x.y'],
    ['@x.y', '""@x.y'],
    ['user@[192.0.2.1]', 'user@[192.0.2.1]'],
    ['gr\u00fc\u00dfe@x.y', 'gr\u00fc\u00dfe@x.y'],
    ['user', 'user'],
    ['', ''],
  ];
  for (const [internal, external] of rows) assert.equal(quoteAddress(internal), external);
});

test('the right-most @ splits an address', () => {
  assert.deepEqual(splitAddress('a@b@c'), { local: 'a@b', domain: 'c' });
  assert.deepEqual(splitAddress('user'), { local: 'user', domain: undefined });
});

test('quoting and reading back gives the same address', () => {
  const local = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !/[\r\n]/.test(text));
  fc.assert(
    fc.property(local, (text) => {
      assert.equal(toInternal(quoteAddress(`${text}@example.org`)), `${text}@example.org`);
    }),
  );
});
