import assert from 'node:assert/strict';
import test from 'node:test';
import { fakeClock } from '../../testing/fake-clock.js';
import { RequestDeadline } from './deadline.js';

test('a request that trickles in meets its deadline; content extends it by its rate', async () => {
  const clock = fakeClock();
  let expired = 0;
  const deadline = new RequestDeadline(clock, 10_000, 500, () => (expired += 1));
  deadline.start();
  await clock.advance(9_000);
  deadline.progress(1000); // two seconds more
  await clock.advance(2_900);
  assert.equal(expired, 0);
  await clock.advance(200);
  assert.equal(expired, 1);
});

test('much content does not buy more time than one limit', async () => {
  const clock = fakeClock();
  let expired = 0;
  const deadline = new RequestDeadline(clock, 10_000, 500, () => (expired += 1));
  deadline.start();
  deadline.progress(1_000_000);
  await clock.advance(10_100);
  assert.equal(expired, 1);
});

test('no deadline runs while a request is answered', async () => {
  const clock = fakeClock();
  const deadline = new RequestDeadline(clock, 10_000, 500, () => assert.fail('expired'));
  deadline.start();
  deadline.stop();
  await clock.advance(60_000);
  deadline.start();
  await clock.advance(9_000);
  deadline.cancel();
  await clock.advance(60_000);
  assert.equal(clock.pending, 0);
});
