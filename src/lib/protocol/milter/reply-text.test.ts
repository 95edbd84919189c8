import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { serializeReply } from '../smtp/reply.js';
import { parseReplyText } from './reply-text.js';

test('a reply of a filter becomes an SMTP reply', () => {
  const rows: readonly (readonly [string, number, string, readonly string[]])[] = [
    ['550 5.7.1 no', 550, '5.7.1', ['no']],
    ['451 4.7.1 50%% off %x', 451, '4.7.1', ['50% off x']],
    ['550-5.7.1 one\r\n550 5.7.1 two', 550, '5.7.1', ['one', 'two']],
    ['550-5.7.1 one\n550 5.7.1 two\n', 550, '5.7.1', ['one', 'two']],
    ['554 5', 554, '', ['5']],
  ];
  for (const [text, code, enhanced, lines] of rows)
    assert.deepEqual(parseReplyText(text), { code, enhanced, lines });
});

test('what does not refuse, or is no reply, is none', () => {
  for (const text of [
    '',
    '250 2.0.0 ok',
    '5500 5.1.1 x',
    '550 4.7.1 x',
    '550',
    'no',
    '450 5.1.1 x',
  ])
    assert.equal(parseReplyText(text), undefined, text);
});

test('no text of a filter puts a line of its own into the conversation', () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom('\r', '\n', '\0', '%', 'a', '-', ' ', '5', '.'),
        maxLength: 30,
      }),
      (tail) => {
        const reply = parseReplyText(`550 5.7.1 ${tail}`);
        assert.ok(reply);
        const lines = serializeReply(reply).toString('latin1').split('\r\n');
        assert.equal(lines.pop(), '');
        lines.forEach((line, index) =>
          assert.match(line, index < lines.length - 1 ? /^550-[^\r\n]*$/ : /^550 [^\r\n]*$/),
        );
      },
    ),
    { numRuns: 50 },
  );
});
