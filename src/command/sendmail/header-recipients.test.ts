import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderRecipients } from './header-recipients.js';

function recipients(message: string, size = 7): readonly string[] {
  const header = new HeaderRecipients(102_400, 10_240);
  const bytes = Buffer.from(message);
  for (let start = 0; start < bytes.length; start += size)
    header.write(bytes.subarray(start, start + size));
  return header.end();
}

test('To:, Cc: and Bcc: name the recipients, the body does not', () => {
  const message =
    'To: a@b, "x y" <c@d>, grp: e@f, g;\nCc: (c) h\nBcc: i@j\nFrom: k\nSubject: x\n\nTo: no\n';
  assert.deepEqual(recipients(message), ['a@b', 'c@d', 'e@f', 'g', 'h', 'i@j']);
});

test('Resent- fields count alone', () => {
  assert.deepEqual(recipients('To: a@b\nResent-To: c@d\n\nx\n'), ['c@d']);
});

test('nobody is named by an empty group', () => {
  assert.deepEqual(recipients('To: undisclosed-recipients:;\n\n'), []);
});

test('a header without body names recipients too', () => {
  assert.deepEqual(recipients('To: a@b'), ['a@b']);
});
