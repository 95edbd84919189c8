import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isExpired, nextAttempt } from './backoff.js';

const settings = {
  minimal_backoff_time: 300,
  maximal_backoff_time: 4000,
  maximal_queue_lifetime: 432_000,
  bounce_queue_lifetime: 86_400,
};

const seconds = (count: number): number => count * 1000;

const rows: readonly [name: string, age: number, wait: number][] = [
  ['new mail waits the least', 0, 300],
  ['mail younger than the least wait waits the least', 299, 300],
  ['mail waits again as long as it has waited', 1000, 1000],
  ['old mail waits the longest', 100_000, 4000],
  ['mail from the future waits the least', -5000, 300],
];

for (const [name, age, wait] of rows) {
  test(name, () => {
    const now = Date.UTC(2026, 0, 1);
    assert.equal(nextAttempt(now - seconds(age), now, settings) - now, seconds(wait));
  });
}

test('whatever its age, a wait is within the bounds, and never shorter for older mail', () => {
  fc.assert(
    fc.property(fc.nat(1e9), fc.nat(1e9), (a, b) => {
      const wait = (age: number): number => nextAttempt(0, age, settings) - age;
      assert.ok(wait(a) >= seconds(300) && wait(a) <= seconds(4000));
      assert.ok(wait(Math.min(a, b)) <= wait(Math.max(a, b)));
    }),
  );
});

test('mail expires after its lifetime, bounces after theirs', () => {
  assert.equal(isExpired(0, seconds(431_999), 'a@example.org', settings), false);
  assert.equal(isExpired(0, seconds(432_000), 'a@example.org', settings), true);
  assert.equal(isExpired(0, seconds(86_399), '', settings), false);
  assert.equal(isExpired(0, seconds(86_400), '', settings), true);
});

test('with a lifetime of zero there is one attempt', () => {
  assert.equal(isExpired(5, 5, 'a', { ...settings, maximal_queue_lifetime: 0 }), true);
});
