import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parsePath, toInternal } from './path.js';

test('paths of MAIL and RCPT are read as Postfix reads them', () => {
  const rows: readonly (readonly [text: string, address: string, rest: string])[] = [
    ['<user@x.y>', 'user@x.y', ''],
    ['<user@x.y> SIZE=10', 'user@x.y', 'SIZE=10'],
    [' <user@x.y>', 'user@x.y', ''],
    ['<>', '', ''],
    ['user@x.y BODY=7BIT', 'user@x.y', 'BODY=7BIT'],
    ['<"a b"@x.y>', 'a b@x.y', ''],
    ['<"a>b"@x.y> X', 'a>b@x.y', 'X'],
    ['<@r1,@r2:user@x.y>', 'user@x.y', ''],
    ['<user @ x . y>', 'user@x.y', ''],
    ['<user@x.y (a comment)>', 'user@x.y', ''],
    ['<user@[IPv6:::1]>', 'user@[IPv6:::1]', ''],
    ['<<user@x.y>>', 'user@x.y', ''],
    ['user@x.y> SIZE=1', 'user@x.y', 'SIZE=1'],
    ['<A Person <user@x.y>>', 'user@x.y', ''],
    ['<"a<b"@x.y>', 'a<b@x.y', ''],
    ['<user@[192.0.2.1>', 'user@[192.0.2.1', ''],
    ['<@x.y>', '@x.y', ''],
    ['<gr\u00c3\u00bc\u00c3\u009fe@x.y>', 'gr\u00fc\u00dfe@x.y', ''],
  ];
  for (const [text, address, rest] of rows) {
    const path = parsePath(text);
    assert.ok(path.is === 'path', text);
    assert.deepEqual([path.address, path.rest], [address, rest], text);
  }
});

test('what is no path is refused', () => {
  for (const text of ['', '<', '<a@b', '<a b@x.y>', '<"a@x.y>', '<a@x.y, b@x.y>', '<a<b>@x.y>'])
    assert.notEqual(parsePath(text).is, 'path', text);
});

// No clock here: a reader that were quadratic would not come to an end with texts of this size.
test('no text breaks the reader, and long ones are read in linear time', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parsePath(text)));
  for (const piece of ['<', '"', '\\', '(', '@a,', '[', ' ', 'a ', 'a.', '<a']) {
    const text = piece.repeat(300_000 / piece.length);
    parsePath(text);
    parsePath(`<${text}>`);
    toInternal(text);
  }
});
