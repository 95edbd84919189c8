import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Duplex, Transform } from 'node:stream';
import { systemClock } from '../../sys/clock.js';
import { decodeJson, encodeJson, frameKind, FrameReader } from './frames.js';
import { createUserWorkers } from './workers.js';

/** A helper that answers each request with nothing found, after a while. */
function fakeHelper(ms: number): Duplex {
  const reader = new FrameReader();
  return new Transform({
    transform(chunk: Buffer, _, done) {
      for (const { id, bytes } of reader.push(chunk)) {
        decodeJson(bytes);
        setTimeout(
          () => this.push(encodeJson(frameKind.answer, id, { ok: { is: 'missing' } })),
          ms,
        );
      }
      done();
    },
  });
}

const user = (uid: number): { name: string; uid: number; gid: number; directory: string } => ({
  name: `u${uid}`,
  uid,
  gid: uid,
  directory: '/',
});
const options = { maxBytes: 1, followLinks: false };

test('one helper serves all requests of a user at a time', async () => {
  let spawned = 0;
  const workers = createUserWorkers({
    clock: systemClock,
    spawn: async () => ((spawned += 1), fakeHelper(5)),
  });
  await Promise.all(
    Array.from({ length: 20 }, async () => (await workers.for(user(1))).readFile('x', options)),
  );
  assert.equal(spawned, 1);
  await workers.close();
});

test('never more helpers than allowed; those who find no room wait for it', async () => {
  const open = new Set<Duplex>();
  let most = 0;
  const workers = createUserWorkers({
    clock: systemClock,
    maxHelpers: 3,
    async spawn() {
      const helper = fakeHelper(5);
      open.add(helper);
      const end = helper.end.bind(helper);
      helper.end = () => {
        open.delete(helper);
        return end();
      };
      most = Math.max(most, open.size);
      return helper;
    },
  });
  await Promise.all(
    Array.from({ length: 40 }, async (_, index) =>
      (await workers.for(user(index % 10))).readFile('x', options),
    ),
  );
  assert.equal(most, 3);
  await workers.close();
});

test('a helper that cannot be started, or has died, is tried anew', async () => {
  const made: Duplex[] = [];
  let fails = true;
  const workers = createUserWorkers({
    clock: systemClock,
    async spawn() {
      if (fails) throw new Error('no');
      const helper = fakeHelper(0);
      made.push(helper);
      return helper;
    },
  });
  await assert.rejects(workers.for(user(1)), /no/);
  fails = false;
  await (await workers.for(user(1))).readFile('x', options);
  made[0]!.destroy();
  await sleep(5);
  await (await workers.for(user(1))).readFile('x', options);
  assert.equal(made.length, 2);
  await workers.close();
});

test('an idle helper ends, and a helper for one request after it', async () => {
  const ended: boolean[] = [];
  const workers = createUserWorkers({
    clock: systemClock,
    idleMs: 600,
    async spawn() {
      const helper = fakeHelper(0);
      const index = ended.push(false) - 1;
      helper.once('finish', () => (ended[index] = true));
      return helper;
    },
  });
  await (await workers.for(user(1))).readFile('x', options);
  await (await workers.for({ ...user(2), purpose: 'spool-once' })).readFile('x', options);
  await sleep(50);
  assert.deepEqual(ended, [false, true]);
  await sleep(1500);
  assert.deepEqual(ended, [true, true]);
  await workers.close();
});
