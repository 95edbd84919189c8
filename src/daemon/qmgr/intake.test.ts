import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Claim } from '../../lib/queue/store.js';
import { addMessage } from '../../testing/queue-store-conformance.js';
import { MemoryStore } from '../../testing/memory-store.js';
import { Intake } from './intake.js';

const noon = Date.UTC(2026, 0, 2, 12);

const ids = (claims: readonly Claim[]): string[] => claims.map(({ queueId }) => queueId);

async function deferred(store: MemoryStore, count: number): Promise<string[]> {
  const added: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const id = await addMessage(store, { arrival: noon + index });
    const [claim] = await store.claimById([id], noon);
    assert.ok(claim);
    await store.release(claim, noon + index);
    added.push(id);
  }
  return added;
}

test('what was told of is taken without a look through the queue', async () => {
  const store = new MemoryStore();
  const [first, second, third] = [
    await addMessage(store),
    await addMessage(store),
    await addMessage(store),
  ];
  const intake = new Intake(store);
  assert.equal(intake.hasMore, false);
  for (const id of [third, first, 'GONE', first]) intake.tell(id);
  assert.equal(intake.hasMore, true);
  const taken = [...ids(await intake.next(noon, 4)), ...ids(await intake.next(noon, 4))];
  assert.deepEqual(taken, [third, first]);
  assert.equal(intake.hasMore, false);
  intake.look('incoming');
  assert.deepEqual(ids(await intake.next(noon, 4)), [second]);
  assert.equal(intake.hasMore, false);
});

test('new mail and mail that waited take turns', async () => {
  const store = new MemoryStore();
  const waited = await deferred(store, 4);
  const fresh = [0, 1, 2, 3].map((index) => addMessage(store, { arrival: noon + index }));
  const added = await Promise.all(fresh);
  const intake = new Intake(store);
  intake.look('incoming');
  intake.look('deferred');
  const taken: string[] = [];
  while (intake.hasMore) taken.push(...ids(await intake.next(noon + 10, 1)));
  assert.deepEqual(
    taken,
    [0, 1, 2, 3].flatMap((index) => [added[index], waited[index]]),
  );
});

test('one kind takes the whole room when the other has nothing', async () => {
  const store = new MemoryStore();
  const waited = await deferred(store, 5);
  const intake = new Intake(store);
  intake.look('incoming');
  intake.look('deferred');
  assert.deepEqual(ids(await intake.next(noon + 10, 4)), waited.slice(0, 4));
  assert.deepEqual(ids(await intake.next(noon + 10, 4)), waited.slice(4));
  assert.equal(intake.hasMore, false);
});

test('more announcements than can be kept become a look through the queue', async () => {
  const store = new MemoryStore();
  const id = await addMessage(store);
  const intake = new Intake(store);
  for (let count = 0; count <= 50_000; count += 1) intake.tell('GONE');
  assert.deepEqual(ids(await intake.next(noon, 2)), [id]);
});
