import assert from 'node:assert/strict';
import { test } from 'node:test';
import { qmailSender } from './sender.js';

const rows = [
  ['list-@us.test-@[]', 'list@us.test', '-='],
  ['list-return-7-@us.test-@[]', 'list-return-7@us.test', '-='],
  ['list@us.test-@[]', 'lis@us.test', 't='],
  ['list@us.test', 'list@us.test', undefined],
  ['#@[]', '#@[]', undefined],
  ['-@us.test-@[]', '-@us.test-@[]', undefined],
  ['list-@-@[]', 'list-@-@[]', undefined],
  ['', '', undefined],
] as const;
for (const [given, sender, verp] of rows) {
  test(`${given || 'nobody'} is ${sender || 'the null sender'}, with VERP by ${verp ?? 'nothing'}`, () => {
    assert.deepEqual(qmailSender(given), { sender, ...(verp === undefined ? {} : { verp }) });
  });
}
