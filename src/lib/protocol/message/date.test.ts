import assert from 'node:assert/strict';
import test from 'node:test';
import { formatMailDate } from './date.js';

test('dates look as Postfix writes them', () => {
  const time = { weekday: 2, day: 4, month: 7, year: 2026, hours: 9, minutes: 5, seconds: 4 };
  assert.equal(
    formatMailDate({ ...time, offset: 0, zone: 'UTC' }),
    'Tue,  4 Aug 2026 09:05:04 +0000 (UTC)',
  );
  assert.equal(
    formatMailDate({ ...time, day: 24, offset: 540, zone: 'JST' }),
    'Tue, 24 Aug 2026 09:05:04 +0900 (JST)',
  );
  assert.equal(
    formatMailDate({ ...time, day: 24, offset: -210, zone: 'NST' }),
    'Tue, 24 Aug 2026 09:05:04 -0330 (NST)',
  );
});
