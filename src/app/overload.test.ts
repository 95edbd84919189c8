import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '../testing/fake-clock.js';
import { memoryLog } from '../testing/memory-log.js';
import { Overload } from './overload.js';

test('a full service is said once, and is under stress for 1000 seconds after it was last full', async () => {
  const clock = fakeClock();
  const log = memoryLog();
  const overload = new Overload({ log, clock, service: 'smtp', port: 25, limit: 2 });
  assert.equal(overload.isOn, false);
  overload.reached();
  await clock.advance(900_000);
  overload.reached();
  assert.equal(log.lines.length, 3);
  assert.equal(
    log.lines[0],
    'warning service "smtp" (25) has reached its process limit "2": new clients may experience noticeable delays',
  );
  await clock.advance(900_000);
  assert.equal(overload.isOn, true);
  await clock.advance(101_000);
  assert.equal(overload.isOn, false);
  overload.reached();
  assert.equal(log.lines.length, 6);
});
