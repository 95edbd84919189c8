/**
 * A queue manager over hours in a moment: agents that fail at random, crashes at random, and one rule: nothing is lost.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Notification } from '../../lib/ipc/conversation/bounce.js';
import { localClient } from '../../lib/ipc/envelope.js';
import type { Delivery, DeliveryAgent, DeliveryRequest } from '../../lib/ipc/delivery.js';
import { fakeClock, quiet } from '../../testing/fake-clock.js';
import { memoryLog } from '../../testing/memory-log.js';
import { MemoryPlace, MemoryStore } from '../../testing/memory-store.js';
import { testSettings } from '../../testing/settings.js';
import { createQueueManager } from './main.js';

type Action = 'sent' | 'deferred' | 'bounced' | 'site' | 'broken';

interface Attempt {
  readonly address: string;
  readonly at: number;
  readonly text: string;
}

/** A queue that outlives its managers. `decide` says what an attempt comes to, and after how many ms. */
function world(
  settings: Readonly<Record<string, string>>,
  decide: (request: DeliveryRequest, address: string) => readonly [Action, number],
) {
  const place = new MemoryPlace();
  const clock = fakeClock();
  const log = memoryLog();
  const attempts: Attempt[] = [];
  const delivered = new Map<string, number>();
  const told: Notification[] = [];
  let life = 0;

  const agent = (mine: number): DeliveryAgent => ({
    async deliver(request) {
      const results = new Map<number, Delivery>();
      let isSite = false;
      for (const { address, index } of request.recipients) {
        const [action, ms] = decide(request, address);
        await clock.sleep(ms);
        if (mine !== life) return new Promise(() => undefined); // its process is dead
        attempts.push({ address, at: clock.now(), text: action });
        if (action === 'broken') throw new Error('broken');
        if (action === 'sent') delivered.set(address, (delivered.get(address) ?? 0) + 1);
        if (action === 'site') isSite = true;
        results.set(index, {
          action: action === 'site' ? 'deferred' : action,
          dsn: action === 'sent' ? '2.0.0' : action === 'bounced' ? '5.1.1' : '4.4.1',
          text: action,
          relay: 'mx',
          time: clock.now(),
        });
      }
      return { results, ...(isSite ? { siteFailure: { dsn: '4.4.1', text: 'refused' } } : {}) };
    },
    close: () => Promise.resolve(),
  });

  const begin = () => {
    life += 1;
    const mine = life;
    const store = new MemoryStore(place);
    const smtp = agent(mine);
    const manager = createQueueManager({
      settings: testSettings(settings),
      log,
      clock,
      store,
      rewrite: {
        rewrite: (address) => address,
        resolve: async (recipient) => ({
          is: 'route',
          transport: recipient.startsWith('relay') ? 'relay' : 'smtp',
          nexthop: recipient.slice(recipient.indexOf('@') + 1),
          recipient,
          addressClass: 'default',
          reason: '',
        }),
      },
      bounce: {
        async notify(notification) {
          if (mine !== life) return new Promise(() => undefined);
          told.push(notification);
          return ['BOUNCE'];
        },
      },
      agentFor: () => smtp,
    });
    manager.start();
    return { store, manager };
  };
  let current = begin();

  return {
    clock,
    log,
    attempts,
    delivered,
    told,
    get store() {
      return current.store;
    },
    get manager() {
      return current.manager;
    },
    async add(...recipients: string[]): Promise<string> {
      const message = current.store.begin();
      await message.commit({
        envelope: {
          sender: 'a@x.test',
          arrival: clock.now(),
          client: localClient,
          bodyType: '',
          smtputf8: false,
          dsnRet: '',
          dsnEnvid: '',
          contentFilter: '',
          redirectTo: '',
          kind: 'mail',
        },
        recipients: recipients.map((address) => ({ address, original: address, dsnNotify: 0 })),
        hold: false,
      });
      current.manager.arrived(message.queueId);
      return message.queueId;
    },
    /** The old manager's process is gone at once; the next finds the queue as it was stored. */
    async crash(): Promise<void> {
      current = begin();
      await quiet();
    },
    addresses(kind: 'failure' | 'delay' | 'success'): string[] {
      return told
        .filter((notification) => notification.kind === kind)
        .flatMap(({ recipients }) => recipients.map(({ address }) => address));
    },
    timesOf: (address: string): number[] =>
      attempts.filter((attempt) => attempt.address === address).map(({ at }) => at),
  };
}

const minute = 60_000;

test('a failing message is tried at growing intervals, each as long as it has waited', async () => {
  const queue = world({}, () => ['deferred', 0]);
  const start = queue.clock.now();
  await queue.add('u@mx.test');
  await queue.clock.advance(4 * 60 * minute);
  const minutes = queue.timesOf('u@mx.test').map((at) => Math.round((at - start) / minute));
  assert.deepEqual(minutes.slice(0, 6), [0, 5, 10, 20, 40, 80]);
  assert.equal(minutes[6], 147); // 4000 s at most
});

test('mail for a fast site does not wait for mail to a slow one', async () => {
  const queue = world({}, (request) => [
    'sent',
    request.nexthop === 'slow.test' ? 10 * minute : 10,
  ]);
  for (let index = 0; index < 40; index += 1) {
    await queue.add(`u${index}@slow.test`);
    await queue.add(`u${index}@fast.test`);
  }
  await queue.clock.advance(2000);
  assert.equal([...queue.delivered.keys()].filter((one) => one.endsWith('fast.test')).length, 40);
});

test('what a fast site took is not sent again after a crash, though a slow one kept the message', async () => {
  const queue = world({}, ({ nexthop }) => ['sent', nexthop === 'slow.test' ? 10 * minute : 10]);
  await queue.add('a@fast.test', 'b@slow.test', 'c@other.test');
  await queue.clock.advance(minute);
  await queue.crash();
  await queue.clock.advance(11 * minute);
  assert.deepEqual(queue.timesOf('a@fast.test').length, 1);
  assert.deepEqual(queue.timesOf('c@other.test').length, 1);
  assert.deepEqual([...queue.store.list()], []);
  assert.equal(queue.delivered.size, 3);
});

test('what bounced before a crash is told after it, once, and not tried again', async () => {
  const queue = world({}, ({ nexthop }) =>
    nexthop === 'slow.test' ? ['sent', 10 * minute] : ['bounced', 10],
  );
  await queue.add('a@fast.test', 'b@slow.test');
  await queue.clock.advance(minute);
  await queue.crash();
  await queue.clock.advance(11 * minute);
  assert.equal(queue.timesOf('a@fast.test').length, 1);
  assert.deepEqual(queue.addresses('failure'), ['a@fast.test']);
});

test('mail for deferred transports waits until someone asks for a try', async () => {
  const queue = world({ defer_transports: 'relay' }, () => ['sent', 10]);
  const id = await queue.add('relay1@mx.test');
  await queue.clock.advance(60 * minute);
  assert.equal(queue.store.recipients(id, 0, 1)[0]?.delivery?.text, 'deferred transport');
  assert.equal(queue.delivered.size, 0);
  queue.manager.flushAll();
  await queue.clock.advance(1000);
  assert.equal(queue.delivered.size, 1, queue.log.lines.join('\n'));
  const other = await queue.add('relay2@mx.test');
  await queue.clock.advance(1000);
  queue.manager.flushOne(other);
  await queue.clock.advance(1000);
  assert.equal(queue.delivered.size, 2);
});

test('a site is flushed without the others', async () => {
  let isUp = false;
  const queue = world({}, () => (isUp ? ['sent', 10] : ['deferred', 10]));
  await queue.add('a@one.test', 'b@two.test');
  await queue.add('c@two.test');
  await queue.add('d@three.test');
  await queue.clock.advance(1000);
  isUp = true;
  queue.manager.flushSite('TWO.test');
  await queue.clock.advance(1000);
  assert.deepEqual([...queue.delivered.keys()].sort(), ['a@one.test', 'b@two.test', 'c@two.test']);
});

test('an agent that breaks stops its transport for a while, and its mail waits', async () => {
  let isBroken = true;
  const queue = world({}, () => [isBroken ? 'broken' : 'sent', 10]);
  await queue.add('a@mx.test');
  await queue.clock.advance(1000);
  await queue.add('b@mx.test');
  await queue.clock.advance(1000);
  assert.equal(queue.attempts.length, 1);
  assert.match(queue.log.lines.join('\n'), /to=<b@mx\.test>.*\(unknown mail transport error\)/);
  isBroken = false;
  await queue.clock.advance(10 * minute);
  assert.equal(queue.delivered.size, 2);
});

test('with soft_bounce nothing goes back to the sender', async () => {
  const queue = world({ soft_bounce: 'yes' }, () => ['bounced', 10]);
  const id = await queue.add('a@mx.test');
  await queue.clock.advance(60 * minute);
  assert.deepEqual(queue.told, []);
  const delivery = queue.store.recipients(id, 0, 1)[0]?.delivery;
  assert.deepEqual([delivery?.action, delivery?.dsn], ['deferred', '4.1.1']);
});

test('thousands of messages pass, a limited number active', async () => {
  let most = 0;
  let running = 0;
  const queue = world(
    { qmgr_message_active_limit: '50', default_destination_concurrency_limit: '0' },
    () => {
      running += 1;
      most = Math.max(most, running);
      return ['sent', 10];
    },
  );
  for (let index = 0; index < 1000; index += 1) await queue.add(`u${index}@d${index}.test`);
  for (let step = 0; step < 200 && queue.delivered.size < 1000; step += 1) {
    running = 0;
    await queue.clock.advance(10);
  }
  assert.equal(queue.delivered.size, 1000);
  assert.ok(most <= 100, `${most} at a time`);
});

test('nothing is lost, whatever fails and whenever it crashes', async () => {
  const action = fc.constantFrom<Action>('sent', 'deferred', 'bounced', 'site', 'broken');
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        is: fc.constant('add' as const),
        count: fc.integer({ min: 1, max: 6 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        is: fc.constant('wait' as const),
        ms: fc.integer({ min: 1, max: 900_000 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ is: fc.constant('crash' as const) }) },
    { weight: 1, arbitrary: fc.record({ is: fc.constant('flush' as const) }) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 3, maxLength: 20 }),
      fc.array(fc.tuple(action, fc.integer({ min: 0, max: 400_000 })), {
        minLength: 1,
        maxLength: 9,
      }),
      async (steps, script) => {
        let turn = 0;
        let isHealthy = false;
        const queue = world({ default_destination_recipient_limit: '2' }, () => {
          turn += 1;
          return isHealthy ? ['sent', 100] : (script[turn % script.length] ?? ['sent', 1]);
        });
        const accepted: string[] = [];
        for (const one of steps) {
          if (one.is === 'crash') await queue.crash();
          else if (one.is === 'flush') queue.manager.flushAll();
          else if (one.is === 'wait') await queue.clock.advance(one.ms);
          else {
            const added = Array.from(
              { length: one.count },
              (_, index) => `u${accepted.length + index}@d${index % 3}.test`,
            );
            await queue.add(...added);
            accepted.push(...added);
          }
        }
        const pending = new Set(
          [...queue.store.list()].flatMap(({ queueId }) =>
            queue.store
              .recipients(queueId, 0, 99)
              .filter(({ status }) => status !== 'done')
              .map(({ address }) => address),
          ),
        );
        const reported = new Set(queue.addresses('failure'));
        for (const address of accepted)
          assert.ok(
            pending.has(address) || reported.has(address) || queue.delivered.has(address),
            `${address} is lost`,
          );
        // In the end every one is delivered or reported, and the queue is empty.
        isHealthy = true;
        await queue.clock.advance(3 * 60 * minute);
        assert.deepEqual(
          [...queue.store.list()].map(({ queueId }) => queueId),
          [],
        );
        const told = new Set(queue.addresses('failure'));
        for (const address of accepted)
          assert.ok(told.has(address) || queue.delivered.has(address));
      },
    ),
    { numRuns: 30 },
  );
});
