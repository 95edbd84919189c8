import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseTargets, type Target } from './targets.js';

const address = (text: string, direct = false): Target => ({
  is: 'address',
  address: text,
  direct,
});

const rows: readonly [name: string, text: string, expected: Target[]][] = [
  ['addresses stand between commas', 'a, b@example.org', [address('a'), address('b@example.org')]],
  [
    'a command keeps its blanks and commas',
    '"|/usr/bin/vacation -a x, y", z',
    [{ is: 'command', command: '/usr/bin/vacation -a x, y' }, address('z')],
  ],
  [
    'a pipe before the quotes is a command too',
    '|"/bin/cmd a b"',
    [{ is: 'command', command: ' /bin/cmd a b' }],
  ],
  ['a path is a file', '/var/log/mail', [{ is: 'file', path: '/var/log/mail' }]],
  ['an include names a file', ':include:/etc/list', [{ is: 'include', path: '/etc/list' }]],
  ['a backslash goes straight to the mailbox', '\\user', [address('user', true)]],
  ['lines of files', 'a\n\nb', [address('a'), address('b')]],
  ['a display name is dropped', 'Some One <some@example.org>', [address('some@example.org')]],
  ['a quoted local part keeps its blank', '"a b"@example.org', [address('a b@example.org')]],
];

for (const [name, text, expected] of rows)
  test(name, () => assert.deepEqual(parseTargets(text), expected));

test('no text crashes the parser', () => {
  fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseTargets(text))));
});
