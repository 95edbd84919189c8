import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseFeedback } from './feedback.js';
import { type Entry, Scheduler, type TransportLimits } from './scheduler.js';

const limits: TransportLimits = {
  initial: 2,
  limit: 3,
  cohortLimit: 1,
  positive: parseFeedback('1'),
  negative: parseFeedback('1'),
  rateDelayMs: 0,
  transportDelayMs: 0,
  processLimit: 0,
};

const trouble = { dsn: '4.4.1', text: 'connection refused' };

/** `smtp:a.test 1` is job 1 for a.test. */
function entry(text: string): Entry<string> {
  const [destination = '', job = ''] = text.split(' ');
  const [transport = '', queue = ''] = destination.split(':');
  return { transport, queue, job };
}

const shown = ({ transport, queue, job }: Entry<string>): string => `${transport}:${queue} ${job}`;

function scheduler(own: Partial<TransportLimits> = {}, ...entries: string[]): Scheduler<string> {
  const made = new Scheduler<string>(() => ({ ...limits, ...own }));
  for (const one of entries) assert.equal(made.add(entry(one), 0), undefined);
  return made;
}

/** All that may start at this time. */
function start(from: Scheduler<string>, now = 0): string[] {
  const started: string[] = [];
  for (let next = from.next(now); next; next = from.next(now)) started.push(shown(next));
  return started;
}

test('a destination starts as many deliveries as its window, in order', () => {
  const made = scheduler({}, 'smtp:a 1', 'smtp:a 2', 'smtp:a 3');
  assert.deepEqual(start(made), ['smtp:a 1', 'smtp:a 2']);
  assert.equal(made.hasMore(entry('smtp:a 1')), true);
  made.finished(entry('smtp:a 1'), 0);
  assert.deepEqual(start(made), ['smtp:a 3']);
  assert.equal(made.hasMore(entry('smtp:a 1')), false);
});

test('success opens the window, up to its limit', () => {
  const made = scheduler({}, ...[1, 2, 3, 4, 5, 6, 7, 8].map((job) => `smtp:a ${job}`));
  assert.equal(start(made).length, 2);
  made.finished(entry('smtp:a 1'), 0);
  assert.equal(start(made).length, 2);
  made.finished(entry('smtp:a 2'), 0);
  assert.equal(start(made).length, 1);
});

test('trouble closes the window', () => {
  const own = { initial: 3, cohortLimit: 0 };
  const made = scheduler(own, ...[1, 2, 3, 4, 5].map((job) => `smtp:a ${job}`));
  assert.equal(start(made).length, 3);
  assert.deepEqual(made.finished(entry('smtp:a 1'), 0, trouble, 100), []);
  assert.deepEqual(start(made), []);
  made.finished(entry('smtp:a 2'), 0, trouble, 100);
  made.finished(entry('smtp:a 3'), 0, trouble, 100);
  assert.deepEqual(start(made), ['smtp:a 4']);
});

test('transports take turns, and so do the destinations of each', () => {
  const made = scheduler(
    {},
    'smtp:a 1',
    'smtp:a 2',
    'smtp:b 3',
    'local:x 4',
    'local:x 5',
    'smtp:a 6',
  );
  assert.deepEqual(start(made), ['smtp:a 1', 'local:x 4', 'smtp:b 3', 'local:x 5', 'smtp:a 2']);
});

test('a destination that fails a whole window is dead, and gives back what waits for it', () => {
  const made = scheduler({ initial: 1 }, 'smtp:a 1', 'smtp:a 2', 'smtp:b 3', 'smtp:a 4');
  assert.deepEqual(start(made), ['smtp:a 1', 'smtp:b 3']);
  const given = made.finished(entry('smtp:a 1'), 0, trouble, 1000);
  assert.deepEqual(given.map(shown), ['smtp:a 2', 'smtp:a 4']);
  assert.equal(made.add(entry('smtp:a 5'), 999), trouble);
  assert.equal(made.add(entry('smtp:a 6'), 1000), undefined);
  assert.deepEqual(start(made, 1000), ['smtp:a 6']);
});

test('a dead destination comes back when someone asks for a try now', () => {
  const made = scheduler({ initial: 1 }, 'smtp:a 1');
  start(made);
  made.finished(entry('smtp:a 1'), 0, trouble, 1000);
  assert.equal(made.add(entry('smtp:a 2'), 1), trouble);
  made.reviveAll();
  assert.equal(made.add(entry('smtp:a 2'), 1), undefined);
  assert.deepEqual(start(made), ['smtp:a 2']);
});

test('a dead destination that answers a delivery under way is alive', () => {
  const made = scheduler({}, 'smtp:a 1', 'smtp:a 2');
  start(made);
  made.finished(entry('smtp:a 1'), 0, trouble, 1000); // 1/2
  made.add(entry('smtp:a 3'), 0);
  assert.deepEqual(made.finished(entry('smtp:a 2'), 0, trouble, 1000).map(shown), ['smtp:a 3']);
  const again = scheduler({ cohortLimit: 0.5 }, 'smtp:a 1', 'smtp:a 2');
  start(again);
  again.finished(entry('smtp:a 1'), 0, trouble, 1000);
  assert.equal(again.add(entry('smtp:a 3'), 1), trouble);
  again.finished(entry('smtp:a 2'), 1);
  assert.equal(again.add(entry('smtp:a 3'), 1), undefined);
});

test('who comes back from the dead remembers the deliveries that are still under way', () => {
  for (const revive of ['time', 'request'] as const) {
    const made = scheduler({ cohortLimit: 0.5, limit: 2 }, 'smtp:a 1', 'smtp:a 2');
    start(made);
    made.finished(entry('smtp:a 1'), 0, trouble, 1000);
    if (revive === 'request') made.reviveAll();
    for (const job of [3, 4, 5]) assert.equal(made.add(entry(`smtp:a ${job}`), 1000), undefined);
    // Job 2 is under way: there is room for one.
    assert.deepEqual(start(made, 1000), ['smtp:a 3'], revive);
  }
});

test('a transport that is not there gives back all that waits for it, for a while', () => {
  const made = scheduler({ initial: 1 }, 'smtp:a 1', 'smtp:a 2', 'smtp:b 3', 'local:x 4');
  const first = made.next(0);
  assert.equal(first && shown(first), 'smtp:a 1');
  assert.deepEqual(made.transportDead('smtp', trouble, 1000).map(shown), ['smtp:a 2', 'smtp:b 3']);
  assert.equal(made.add(entry('smtp:c 5'), 999), trouble);
  made.finished(entry('smtp:a 1'), 0);
  assert.deepEqual(start(made), ['local:x 4']);
  assert.equal(made.add(entry('smtp:c 5'), 1000), undefined);
  assert.deepEqual(start(made, 1000), ['smtp:c 5']);
});

test('with a rate delay deliveries to a destination come one by one, with a pause between', () => {
  const made = scheduler({ rateDelayMs: 500 }, 'smtp:a 1', 'smtp:a 2', 'smtp:b 3');
  assert.deepEqual(start(made), ['smtp:a 1', 'smtp:b 3']);
  assert.equal(made.nextTime(0), undefined);
  made.finished(entry('smtp:a 1'), 100);
  assert.equal(made.nextTime(100), 600);
  assert.deepEqual(start(made, 599), []);
  assert.equal(made.nextTime(600), undefined);
  assert.deepEqual(start(made, 600), ['smtp:a 2']);
});

test('with a transport rate delay its deliveries start one by one, to whatever destination', () => {
  const made = scheduler({ transportDelayMs: 500 }, 'smtp:a 1', 'smtp:b 2', 'smtp:a 3');
  assert.deepEqual(start(made), ['smtp:a 1']);
  assert.equal(made.nextTime(0), 500);
  assert.deepEqual(start(made, 499), []);
  assert.deepEqual(start(made, 500), ['smtp:b 2']);
  made.finished(entry('smtp:a 1'), 600);
  assert.deepEqual(start(made, 1000), ['smtp:a 3']);
  assert.equal(made.nextTime(1000), undefined);
});

test('with a rate delay a destination that was dead still gets one delivery at a time', () => {
  const made = scheduler({ rateDelayMs: 1 }, 'smtp:a 1');
  start(made);
  made.finished(entry('smtp:a 1'), 0, trouble, 1000);
  for (const job of [2, 3]) assert.equal(made.add(entry(`smtp:a ${job}`), 1000), undefined);
  assert.deepEqual(start(made, 1000), ['smtp:a 2']);
});

test('a transport has no more deliveries at a time than processes', () => {
  const made = scheduler({ processLimit: 3 }, 'smtp:a 1', 'smtp:b 2', 'smtp:c 3', 'smtp:d 4');
  made.add(entry('smtp:a 5'), 0);
  assert.deepEqual(start(made), ['smtp:a 1', 'smtp:b 2', 'smtp:c 3']);
  made.finished(entry('smtp:b 2'), 0);
  assert.deepEqual(start(made), ['smtp:d 4']);
});

test('what waits can be taken out, and nothing of it starts', () => {
  const made = scheduler({ initial: 1 }, 'smtp:a 1', 'smtp:a 2', 'local:x 3');
  made.next(0);
  assert.deepEqual(made.takeWaiting().map(shown), ['smtp:a 2', 'local:x 3']);
  assert.deepEqual(start(made), []);
});

test('everything that is added starts or is given back, once, and within the limits', () => {
  const step = fc.oneof(
    fc.record({ is: fc.constant('add' as const), queue: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ is: fc.constant('end' as const), trouble: fc.boolean(), which: fc.nat(9) }),
    fc.record({ is: fc.constant('revive' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.nat(3), (steps, processLimit) => {
      const made = scheduler({ processLimit });
      const [left, running] = [new Set<string>(), [] as Entry<string>[]];
      let now = 0;
      const go = (): void => {
        for (let next = made.next(now); next; next = made.next(now)) {
          assert.ok(left.delete(next.job), `${next.job} starts once`);
          running.push(next);
          const busy = running.filter(({ queue }) => queue === next.queue).length;
          assert.ok(busy <= 3 && (processLimit === 0 || running.length <= processLimit));
        }
      };
      const end = (which: number, isTrouble: boolean): void => {
        const [ended] = running.splice(which % running.length, 1);
        if (!ended) return;
        for (const { job } of made.finished(ended, now, isTrouble ? trouble : undefined, now + 5))
          assert.ok(left.delete(job), `${job} is given back once`);
      };
      steps.forEach((one, index) => {
        now += 1;
        if (one.is === 'add') {
          const added = entry(`smtp:${one.queue} ${index}`);
          if (!made.add(added, now)) left.add(added.job);
        } else if (one.is === 'end') end(one.which, one.trouble);
        else made.reviveAll();
        go();
      });
      while (running.length > 0) {
        end(0, false);
        go();
      }
      assert.equal(left.size, 0);
    }),
  );
});
