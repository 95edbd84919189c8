import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isVerifySender, verifySender } from './verify-sender.js';

const day = 86_400_000;

test('the sender of probes is as written, or changes with each period', () => {
  assert.equal(verifySender('probe@x.test', 0, day), 'probe@x.test');
  assert.equal(verifySender('<>', 3600, day), '');
  assert.equal(verifySender('probe@x.test', 86_400, 40 * day), 'probe19@x.test');
  assert.equal(verifySender('probe', 86_400, 40 * day), 'probe19');
  assert.notEqual(verifySender('probe', 86_400, 41 * day), verifySender('probe', 86_400, 40 * day));
});

test('mail to the sender of this period and of the one before is answered', () => {
  const at = (now: number): string => verifySender('probe', 86_400, now);
  assert.equal(isVerifySender(at(40 * day), 'probe', 86_400, 40 * day), true);
  assert.equal(isVerifySender(at(40 * day).toLowerCase(), 'probe', 86_400, 41 * day), true);
  assert.equal(isVerifySender(at(40 * day), 'probe', 86_400, 42 * day), false);
  assert.equal(isVerifySender('probe', 'probe@x.test', 0, day), true);
  assert.equal(isVerifySender('', '<>', 0, day), false);
});
