import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Handovers } from './handovers.js';

test('the next queue manager hears of all that those before it still work on', async () => {
  const handovers = new Handovers<string>();
  assert.deepEqual(await handovers.all(), { token: 0, claimed: [] });
  handovers.expect('first');
  handovers.came('first', { token: 7, claimed: ['A', 'B'] });
  handovers.expect('second');
  let heard: unknown;
  const waiting = handovers.all().then((handover) => (heard = handover));
  assert.deepEqual(handovers.back('first', ['A', 'Z']), ['A']);
  await Promise.resolve();
  assert.equal(heard, undefined, 'the second has not said yet');
  handovers.came('second', { token: 7, claimed: ['C'] });
  await waiting;
  assert.deepEqual(heard, { token: 7, claimed: ['B', 'C'] });
});

test('one that dies frees what it had, and nobody waits for it', async () => {
  const handovers = new Handovers<string>();
  handovers.expect('first');
  handovers.came('first', { token: 3, claimed: ['A'] });
  handovers.expect('second');
  const waiting = handovers.all();
  assert.deepEqual(handovers.gone('second'), []);
  assert.deepEqual(await waiting, { token: 3, claimed: ['A'] });
  assert.deepEqual(handovers.gone('first'), ['A']);
  assert.deepEqual(await handovers.all(), { token: 0, claimed: [] });
});
