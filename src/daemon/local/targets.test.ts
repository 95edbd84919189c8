import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseTargetFile, parseTargets, type Target } from './targets.js';

const address = (text: string, direct = false): Target => ({
  is: 'address',
  address: text,
  direct,
});

const rows: readonly [name: string, text: string, expected: Target[]][] = [
  ['addresses stand between commas', 'a, b@example.org', [address('a'), address('b@example.org')]],
  ['blanks separate, too', 'a # b', [address('a'), address('#'), address('b')]],
  ['blanks around signs do not', 'a @ example . org', [address('a@example.org')]],
  [
    'a command keeps its blanks and commas',
    '"|/usr/bin/vacation -a x, y", z',
    [{ is: 'command', command: '/usr/bin/vacation -a x, y' }, address('z')],
  ],
  ['blanks at its ends, too', '"|  cat "', [{ is: 'command', command: '  cat ' }]],
  [
    'a pipe before the quotes is a command too',
    '|"/bin/cmd a b"',
    [{ is: 'command', command: '/bin/cmd a b' }],
  ],
  [
    'a command without blanks needs no quotes',
    '|/bin/cmd',
    [{ is: 'command', command: '/bin/cmd' }],
  ],
  [
    'quotes and backslashes inside are escaped',
    '"|echo \\"a\\" \\\\"',
    [{ is: 'command', command: 'echo "a" \\' }],
  ],
  ['a path in the home is a file there', '~/box', [{ is: 'home-file', path: '~/box' }]],
  ['a path is a file', '/var/log/mail', [{ is: 'file', path: '/var/log/mail' }]],
  ['a quoted path, too', '"/home/a b/box"', [{ is: 'file', path: '/home/a b/box' }]],
  ['an include names a file', ':include:/etc/list.x', [{ is: 'include', path: '/etc/list.x' }]],
  ['quoted as a whole', '":include:/etc/a b"', [{ is: 'include', path: '/etc/a b' }]],
  ['a backslash goes straight to the mailbox', '\\user', [address('user', true)]],
  ['also a quoted one', '"\\\\user"', [address('user', true)]],
  ['a display name is dropped', 'Some One <some@example.org>', [address('some@example.org')]],
  [
    'after an address, too',
    'a, Some One <some@example.org>',
    [address('a'), address('some@example.org')],
  ],
  ['a comment is dropped', 'a (the old one), b', [address('a'), address('b')]],
  ['a quoted local part keeps its blank', '"a b"@example.org', [address('a b@example.org')]],
  ['nothing is nothing', ' , ,, <>', []],
];

for (const [name, text, expected] of rows)
  test(name, () => assert.deepEqual(parseTargets(text), expected));

test('lines and comment lines of files', () => {
  assert.deepEqual(parseTargetFile('a\n# no, no\n\nb,\n "|c d"\n'), [
    address('a'),
    address('b'),
    { is: 'command', command: 'c d' },
  ]);
});

test('no text crashes the parser, or takes long', () => {
  fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseTargets(text))));
  const start = performance.now();
  for (const piece of ['"', '(', '<', ':include:', '\\', ', ', 'a b ', '@', '|"'])
    parseTargets(piece.repeat(50_000));
  assert.ok(performance.now() - start < 5000);
});

test('a great many brackets are read in a time that grows with their number', () => {
  assert.equal(parseTargets('<a@b>'.repeat(3000)).length, 1);
  assert.equal(parseTargets('<>,'.repeat(30_000)).length, 0);
});
