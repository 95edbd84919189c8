import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BareNewlineRule, DotDecoder, DotEncoder, withLf } from './dot.js';

function decode(
  wire: string,
  splits: readonly number[],
  rule: BareNewlineRule,
): { text: string; rest: string; done: boolean } {
  const decoder = new DotDecoder(rule);
  const bytes = Buffer.from(wire, 'latin1');
  let text = '';
  let start = 0;
  for (const end of [...splits, bytes.length]) {
    const { chunk, done, used } = decoder.decode(bytes.subarray(start, end));
    text += chunk.toString('latin1');
    if (done) return { text, rest: bytes.toString('latin1', start + used), done };
    start = end;
  }
  return { text, rest: '', done: false };
}

const rows: readonly [
  name: string,
  wire: string,
  rule: BareNewlineRule,
  text: string,
  rest: string | undefined,
][] = [
  ['an empty message is a lone dot', '.\r\nQUIT', 'normalize', '', 'QUIT'],
  ['lines end in LF', 'a\r\nb\r\n.\r\n', 'normalize', 'a\nb\n', ''],
  ['a doubled dot is one dot', '..\r\n..x\r\n.\r\n', 'normalize', '.\n.x\n', ''],
  ['a dot with text loses the dot', '.x\r\n.\r\n', 'normalize', 'x\n', ''],
  [
    'a bare LF before the dot does not end normalized content',
    'a\n.\r\nb\r\n.\r\n',
    'normalize',
    'a\n\nb\n',
    '',
  ],
  ['LF . LF does not end normalized content', 'a\n.\nb\r\n.\r\n', 'normalize', 'a\n\nb\n', ''],
  ['LF . LF ends content where bare LF is allowed', 'a\n.\nMAIL', 'line-end', 'a\n', 'MAIL'],
  ['a lone CR is content', 'a\rb\r\n.\r\n', 'normalize', 'a\rb\n', ''],
  ['CR . CR LF is content', 'a\r.\r\n.\r\n', 'normalize', 'a\r.\n', ''],
  ['all CRs before a LF go with it', 'a\r\r\nb\r\r\r\n.\r\n', 'normalize', 'a\nb\n', ''],
  [
    'a dot with several CRs does not end content',
    'a\r\n.\r\r\nb\r\n.\r\n',
    'normalize',
    'a\n\nb\n',
    '',
  ],
  ['CR LF . LF ends content where bare LF is allowed', 'a\r\n.\nMAIL', 'line-end', 'a\n', 'MAIL'],
  ['LF . CR LF ends content where bare LF is allowed', 'a\n.\r\nMAIL', 'line-end', 'a\n', 'MAIL'],
  [
    'a lone dot line is content only behind a line end',
    'a.\r\nb\r\n.\r\n',
    'normalize',
    'a.\nb\n',
    '',
  ],
  ['content without its end is not done', 'a\r\n.', 'normalize', 'a\n', undefined],
];

for (const [name, wire, rule, text, rest] of rows) {
  test(`${name}, split at every byte`, () => {
    for (let at = 0; at <= wire.length; at += 1) {
      const result = decode(wire, [at], rule);
      assert.equal(result.text, text, `split at ${at}`);
      assert.equal(result.done, rest !== undefined);
      if (rest !== undefined) assert.equal(result.rest, rest);
    }
    assert.equal(
      decode(
        wire,
        Array.from(wire, (_, index) => index),
        rule,
      ).text,
      text,
    );
  });
}

test('what the encoder writes, the decoder reads, however it is split', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', '.', '\n', '\r', '..', '\n.')),
      fc.array(fc.nat(60)),
      (parts, cuts) => {
        // A CR before LF is the one thing that the wire cannot tell from a line end.
        const text = `${parts.join('')}x\n`.replace(/\r+\n/g, '\n');
        const encoder = new DotEncoder();
        const wire = encoder.encode(text) + encoder.end();
        const splits = [...new Set(cuts.filter((cut) => cut < wire.length))].sort((a, b) => a - b);
        assert.equal(decode(wire, splits, 'normalize').text, text);
      },
    ),
  );
});

test('the encoder gives the same for any split', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', '.', '\n', '\n.', '..')),
      fc.nat(40),
      (parts, cut) => {
        const text = parts.join('');
        const [whole, split] = [new DotEncoder(), new DotEncoder()];
        assert.equal(
          split.encode(text.slice(0, cut)) + split.encode(text.slice(cut)) + split.end(),
          whole.encode(text) + whole.end(),
        );
      },
    ),
  );
});

test('content without a last line end gets one', () => {
  const encoder = new DotEncoder();
  assert.equal(encoder.encode('.a') + encoder.end(), '..a\r\n.\r\n');
});

test('a bare newline is seen wherever the bytes are split, a CRLF is none', () => {
  for (const [wire, expected] of [
    ['a\r\nb\nc', true],
    ['\na', true],
    ['a\r\n\nb', true],
    ['a\r\nb\r\n\r\nc', false],
  ] as const) {
    for (let at = 0; at <= wire.length; at += 1) {
      const decoder = new DotDecoder('normalize', true);
      decoder.decode(Buffer.from(wire.slice(0, at)));
      decoder.decode(Buffer.from(wire.slice(at)));
      assert.equal(decoder.sawBareNewline, expected, `${JSON.stringify(wire)} split at ${at}`);
    }
  }
});

test('a megabyte of CRs is taken in time that does not grow with its square', () => {
  const decoder = new DotDecoder('normalize');
  const piece = Buffer.alloc(1024, '\r');
  let length = 0;
  for (let count = 0; count < 1024; count += 1) length += decoder.decode(piece).chunk.length;
  assert.ok(length > 1024 * 1024 - 100);
});

test('all CRs before a LF go, and the others stay, however many there are', () => {
  assert.equal(withLf('a\r\n\r\r\r\nb\rc\r\r'), 'a\n\nb\rc\r\r');
  // With the square of the length this would take minutes.
  const long = '\r'.repeat(500_000);
  assert.equal(withLf(`\r\r\n${long}x`).length, 1 + long.length + 1);
});
