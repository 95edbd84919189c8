import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ContentOptions, ContentReader } from './content.js';

const usual: ContentOptions = { ignoreDots: false, fixLineEndings: 'always' };

/** @param size bytes a chunk */
function read(input: string, options: ContentOptions, size: number): string {
  let result = '';
  const reader = new ContentReader(options, (bytes) => (result += bytes.toString('latin1')));
  const bytes = Buffer.from(input, 'latin1');
  for (let start = 0; start < bytes.length; start += size)
    if (!reader.write(Buffer.from(bytes.subarray(start, start + size)))) break;
  reader.end();
  return result;
}

const rows: readonly (readonly [string, string, string, Partial<ContentOptions>?])[] = [
  ['nothing stays nothing', '', ''],
  ['the last line gets its end', 'a\nb', 'a\nb\n'],
  ['an empty line stays', '\n', '\n'],
  ['CR LF becomes LF', 'a\r\nb\r\r\nc\rd\r\n', 'a\nb\r\nc\rd\n'],
  ['a lone dot ends the input', 'a\n..\n.\nrest\n', 'a\n..\n'],
  ['a lone dot ends it at the beginning too', '.\nrest\n', ''],
  ['a lone dot with CR ends it', 'a\r\n.\r\nrest', 'a\n'],
  ['a lone dot as last line ends it', 'a\n.', 'a\n'],
  ['a dot before other text does not', 'a\n.b\n. \n', 'a\n.b\n. \n'],
  ['-i: a lone dot is a line', 'a\n.\nb\n', 'a\n.\nb\n', { ignoreDots: true }],
  [
    'From lines before the header go',
    'From me\n>From you\nSubject: x\n\nFrom z\n',
    'Subject: x\n\nFrom z\n',
  ],
  ['only From lines are nothing', 'From me\n', ''],
  ['never: CR stays', 'a\r\nb\r\n', 'a\r\nb\r\n', { fixLineEndings: 'never' }],
  [
    'strict: CR goes when the first line has it',
    'a\r\nb\r\n',
    'a\nb\n',
    { fixLineEndings: 'strict' },
  ],
  ['strict: else it stays', 'a\nb\r\n', 'a\nb\r\n', { fixLineEndings: 'strict' }],
];

for (const [name, input, output, options] of rows) {
  test(`${name}, however the input is cut`, () => {
    for (let size = 1; size <= input.length + 1; size += 1)
      assert.equal(read(input, { ...usual, ...options }, size), output, `chunks of ${size}`);
  });
}

test('a line longer than memory allows is passed on in parts, and stays one line', () => {
  const line = 'x'.repeat(300_000);
  for (const end of ['\n', '\r\n', '']) {
    for (const size of [1000, 65_536, 65_537])
      assert.equal(read(`${line}${end}`, usual, size), `${line}\n`);
  }
});

test('a dot at the end of a very long line does not end the input', () => {
  const input = `${'x'.repeat(65_537)}.\nnext\n`;
  for (const size of [65_537, 65_538, 1000]) assert.equal(read(input, usual, size), input);
});
