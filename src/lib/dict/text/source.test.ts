/** What postmap and postalias make of their sources; all results are those of Postfix 3.7. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAliasLine } from './alias-source.js';
import { logicalLines } from './lines.js';
import { parseSourceLine, type SourceLine } from './source.js';

const problem = (line: SourceLine | undefined): string | undefined => line?.problem;

test('lines: white space continues, comments and empty lines do not interrupt', () => {
  const { lines, strayStart } = logicalLines(
    Buffer.from(' stray\n# c\nkey1 v1\n# mid\n\n  cont\n key\n\nkey2 v2'),
  );
  assert.equal(strayStart, ' stray');
  assert.deepEqual(
    lines.map(({ text, line }) => [text, line]),
    [
      ['key1 v1  cont key', 3],
      ['key2 v2', 9],
    ],
  );
});

test('lines: one that is not UTF-8 is kept byte by byte, the others are text', () => {
  const { lines } = logicalLines(Buffer.from('\xc3\xbc v\nk \xff\n', 'latin1'));
  assert.deepEqual(
    lines.map(({ text, encoding }) => [text, encoding]),
    [
      ['\u00fc v', 'utf8'],
      ['k \xff', 'latin1'],
    ],
  );
});

const tables: readonly (
  | readonly [string, string, string]
  | readonly [string, undefined, string]
)[] = [
  ['key3\tv3\t ', 'key3', 'v3'],
  ['"a b"@c.d value here', '"a b"@c.d', 'value here'],
  ['"x"y z w', '"x"y', 'z w'],
  ['"q\\"x" val', '"q\\"x"', 'val'],
  ['"unterm x y', undefined, `unbalanced '"' in '"unterm x y' -- ignoring this line`],
  ['kE  ', undefined, 'expected format: key whitespace value'],
];

for (const [text, key, rest] of tables) {
  test(`postmap reads: ${text}`, () => {
    const parsed = parseSourceLine({ text, line: 1, encoding: 'utf8' });
    if (key === undefined) assert.equal(problem(parsed), rest);
    else assert.deepEqual(parsed.entry, { key, value: rest });
  });
}

test('postmap wonders about a key that ends in a colon, and takes it', () => {
  const parsed = parseSourceLine({ text: 'k2: v', line: 1, encoding: 'utf8' });
  assert.deepEqual(parsed.entry, { key: 'k2:', value: 'v' });
  assert.equal(problem(parsed), 'record is in "key: value" format; is this an alias file?');
});

const aliases: readonly (readonly [string, string, string])[] = [
  ['a: b', 'a', 'b'],
  ['b : "x\\"y z" , c', 'b', '"x\\"y z", c'],
  ['"q\\"r": foo(comment)bar', 'q"r', 'foo (comment) bar'],
  ['d: a b c', 'd', 'a b c'],
  ['e: a,b,,c,', 'e', 'a, b, , c, '],
  ['f: a@b.c, <x@y.z>', 'f', 'a@b.c, <x@y.z>'],
  ['g: Name <x@y>, "N, M" <z@w>', 'g', 'Name <x@y>, "N, M" <z@w>'],
  ['i: "|cmd arg1 arg2"', 'i', '"|cmd arg1 arg2"'],
  ['n: user@[1.2.3.4]', 'n', 'user@[1.2.3.4]'],
  ['p: a . b', 'p', 'a.b'],
  ['u: :include:/etc/x', 'u', ':include:/etc/x'],
  ['"v w": "a b"@example.com', 'v w', '"a b"@example.com'],
  ['x: ""', 'x', '""'],
  ['y: \\a', 'y', 'a'],
  ['z: a:b:c', 'z', 'a:b:c'],
  ['(comment) aa: bb', '(comment) aa', 'bb'],
  ['bb: "a\\\\b"', 'bb', '"a\\\\b"'],
  ['gg: a\t,\tb', 'gg', 'a, b'],
  ['hh: "unterminated', 'hh', '"unterminated"'],
  ['jj: "|a", "|b"   "|c"', 'jj', '"|a", "|b" "|c"'],
  ['ll: (unterminated', 'll', '(unterminated'],
];

for (const [text, key, value] of aliases) {
  test(`postalias reads: ${text}`, () => {
    const parsed = parseAliasLine({ text, line: 1, encoding: 'utf8' });
    assert.deepEqual(parsed, { entry: { key, value }, problem: undefined });
  });
}

test('postalias refuses names that are not local, and lines that are no pair', () => {
  const problemOf = (text: string) => problem(parseAliasLine({ text, line: 1, encoding: 'utf8' }));
  for (const text of ['q@r: x', 'r%s: x']) assert.equal(problemOf(text), 'name must be local');
  for (const text of ['s,t: x', 'bad line', 'empty:', ': novalue'])
    assert.equal(problemOf(text), 'need name:value pair');
});
