import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseAddressList, parseList } from './list.js';
import { quoteAddress } from './quote.js';

test('addresses are found among names, comments and groups', () => {
  const rows: readonly (readonly [text: string, addresses: readonly string[]])[] = [
    ['a@x.y, Name <b@x.y>, "Q, Q" <c@x.y> (comment, d@x.y)', ['a@x.y', 'b@x.y', 'c@x.y']],
    ['group: a@x.y, b@x.y;, c', ['a@x.y', 'b@x.y', 'c']],
    ['undisclosed-recipients:;', []],
    ['<>, a', ['a']],
    ['one two', ['one', 'two']],
    ['"a b"@x.y', ['a b@x.y']],
    ['<@r1,@r2:a@x.y>', ['a@x.y']],
    ['a@[192.0.2.1]', ['a@[192.0.2.1]']],
    ['|/bin/x', ['|/bin/x']],
    ['a@x.y\n\tb@x.y', ['a@x.y', 'b@x.y']],
  ];
  for (const [text, addresses] of rows) assert.deepEqual(parseAddressList(text), addresses, text);
});

test('a list in which no address changes stays to the letter', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const list = parseList(text);
      const rendered = list.render('To', list.addresses, quoteAddress);
      // Needless quotes are the one thing that goes.
      if (!text.includes('"') && !text.includes('\\') && /^[a-z@., ]*$/.test(text))
        assert.equal(rendered, undefined);
    }),
  );
});

test('what is written can be read again with the same addresses', () => {
  const address = fc
    .tuple(fc.stringMatching(/^[a-zA-Z0-9 ."+]{1,8}$/), fc.constantFrom('x.example', 'host'))
    .map(([local, domain]) => `${local}@${domain}`);
  fc.assert(
    fc.property(fc.array(address, { minLength: 1, maxLength: 8 }), (wanted) => {
      const list = parseList(wanted.map((_, index) => `Name ${index} <u${index}>`).join(', '));
      const text = list.render('To', wanted, quoteAddress);
      assert.deepEqual(parseAddressList(text ?? ''), wanted);
    }),
  );
});

test('the number of tokens is bounded, and a list beyond it is left alone', () => {
  const text = 'a, '.repeat(100);
  assert.equal(parseAddressList(text, 10).length, 5);
  assert.equal(parseList(text, 10).render('To', ['changed'], quoteAddress), undefined);
});

test('no text breaks the parser, and long ones take no long time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const list = parseList(text);
      list.render(
        'To',
        list.addresses.map((address) => `${address}.x`),
        quoteAddress,
      );
    }),
  );
  for (const piece of [
    '<',
    '>',
    '<>',
    ':',
    ':;',
    '(',
    '()',
    '"',
    '\\',
    '[',
    ',',
    'a ',
    'a@',
    '@',
    '<a',
    ' ',
    '@a:',
  ]) {
    const text = piece.repeat(300_000 / piece.length);
    const list = parseList(text);
    list.render('To', list.addresses, quoteAddress);
  }
});
