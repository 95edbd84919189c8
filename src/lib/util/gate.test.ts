import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from './gate.js';

test('no more than the limit are inside for one key, and all get their turn', async () => {
  const gate = new Gate(2);
  let inside = 0;
  let most = 0;
  const order: number[] = [];
  const visit = (number: number): Promise<void> =>
    gate.run('user', async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(number);
      inside -= 1;
    });
  await Promise.all([1, 2, 3, 4, 5].map(visit));
  assert.equal(most, 2);
  assert.deepEqual(order, [1, 2, 3, 4, 5]);
});

test('one who fails makes room', async () => {
  const gate = new Gate(1);
  await assert.rejects(gate.run('user', () => Promise.reject(new Error('no'))));
  assert.equal(await gate.run('user', () => Promise.resolve('in')), 'in');
});
