import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { numbers, strings } from './packet.js';
import { MilterProtocolError } from './protocol-error.js';
import { decodeResponse, type Response } from './response.js';

const rows: readonly (readonly [letter: string, data: Buffer, expected: Response])[] = [
  ['c', Buffer.alloc(0), { is: 'continue' }],
  ['4', Buffer.alloc(0), { is: 'shutdown' }],
  ['y', strings('550 5.7.1 no'), { is: 'reply', text: '550 5.7.1 no' }],
  ['q', strings('why'), { is: 'quarantine', reason: 'why' }],
  ['h', strings('X', 'v'), { is: 'add-header', name: 'X', value: 'v' }],
  [
    'i',
    Buffer.concat([numbers(1), strings('X', 'v')]),
    { is: 'insert-header', index: 1, name: 'X', value: 'v' },
  ],
  [
    'm',
    Buffer.concat([numbers(2), strings('X', '')]),
    { is: 'change-header', index: 2, name: 'X', value: '' },
  ],
  ['b', Buffer.from('a\r\n'), { is: 'replace-body', chunk: Buffer.from('a\r\n') }],
  ['e', strings('<a@b>'), { is: 'change-sender', address: '<a@b>', parameters: '' }],
  ['+', strings('<a@b>'), { is: 'add-recipient', address: '<a@b>', parameters: '' }],
  [
    '2',
    strings('<a@b>', 'NOTIFY=NEVER'),
    { is: 'add-recipient', address: '<a@b>', parameters: 'NOTIFY=NEVER' },
  ],
  ['-', strings('<a@b>'), { is: 'delete-recipient', address: '<a@b>' }],
];

test('every answer of a filter is decoded', () => {
  for (const [letter, data, expected] of rows)
    assert.deepEqual(decodeResponse({ letter, data }), expected);
});

test('data where none belongs, cut short, or too much, is an error', () => {
  const bad: readonly (readonly [string, Buffer])[] = [
    ['c', Buffer.from('x')],
    ['y', Buffer.alloc(0)],
    ['h', strings('X')],
    ['h', Buffer.from('X\0no end')],
    ['h', strings('X', 'v', 'more')],
    ['m', Buffer.from('\0\0')],
    ['+', strings('<a@b>', 'NOTIFY=NEVER')],
    ['Z', Buffer.alloc(0)],
  ];
  for (const [letter, data] of bad)
    assert.throws(() => decodeResponse({ letter, data }), MilterProtocolError);
});

test('no bytes of a filter do more than throw a MilterProtocolError', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 255 }),
      fc.uint8Array({ maxLength: 40 }),
      (letter, data) => {
        try {
          decodeResponse({ letter: String.fromCharCode(letter), data: Buffer.from(data) });
        } catch (error) {
          assert.ok(error instanceof MilterProtocolError, String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});
