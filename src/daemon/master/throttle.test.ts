import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextWait } from './throttle.js';

test('a worker that lived long starts again at once', () => {
  assert.equal(nextWait(6400, 60_000, 60_000), 0);
});

test('a worker that keeps dying waits longer each time, up to a bound', () => {
  let wait = 0;
  const waits = [];
  for (let round = 0; round < 14; round += 1) waits.push((wait = nextWait(wait, 5, 60_000)));
  assert.deepEqual(waits.slice(0, 4), [100, 200, 400, 800]);
  assert.equal(waits.at(-1), 60_000);
});
