import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Bounce, Notification } from '../../lib/ipc/conversation/bounce.js';
import type { Rewrite } from '../../lib/ipc/conversation/rewrite.js';
import type { Delivery, DeliveryAgent, DeliveryRequest } from '../../lib/ipc/delivery.js';
import { type Envelope, localClient } from '../../lib/ipc/envelope.js';
import { QueueError, type Settlement } from '../../lib/queue/store.js';
import { fakeClock } from '../../testing/fake-clock.js';
import { memoryLog } from '../../testing/memory-log.js';
import { MemoryStore } from '../../testing/memory-store.js';
import { testSettings } from '../../testing/settings.js';
import { createQueueManager } from './main.js';

const minute = 60_000;
const day = 24 * 60 * minute;

type Answer = Pick<Delivery, 'action' | 'dsn' | 'text'> & { readonly site?: boolean };

const answers = {
  sent: { action: 'sent', dsn: '2.0.0', text: '250 ok' },
  deferred: { action: 'deferred', dsn: '4.2.0', text: '450 later' },
  bounced: { action: 'bounced', dsn: '5.1.1', text: '550 no' },
  dead: { action: 'deferred', dsn: '4.4.1', text: 'connection refused', site: true },
} as const satisfies Record<string, Answer>;

/** `u@mx.test` goes by smtp, `u@none.test` by a transport that is not there, `u@bad.test` nowhere. */
const rewrite: Rewrite = {
  rewrite: (address) => address,
  async resolve(recipient) {
    const domain = recipient.slice(recipient.indexOf('@') + 1);
    if (domain === 'bad.test') return { is: 'bad-address', reason: 'bad address syntax' };
    if (domain === 'later.test') return { is: 'try-again', reason: 'address resolver failure' };
    const transport = domain === 'none.test' ? 'none' : 'smtp';
    const addressClass = 'default';
    return { is: 'route', transport, nexthop: domain, recipient, addressClass, reason: '' };
  },
};

/** A store that fails to settle when it is told to. */
class FullStore extends MemoryStore {
  failures = 0;

  override settle(claim: Parameters<MemoryStore['settle']>[0], settlement: Settlement) {
    if (this.failures === 0) return super.settle(claim, settlement);
    this.failures -= 1;
    return Promise.reject(new QueueError('no space left', 'full'));
  }
}

interface Options {
  readonly settings?: Readonly<Record<string, string>>;
  readonly answer?: (address: string, attempt: number) => Answer;
}

function queue({ settings = {}, answer = () => answers.sent }: Options = {}) {
  const [store, log, clock] = [new FullStore(), memoryLog(), fakeClock()];
  const requests: DeliveryRequest[] = [];
  const notified: Notification[] = [];
  const attempts = new Map<string, number>();
  const state = { bounceFails: false };
  const agent: DeliveryAgent = {
    async deliver(request) {
      requests.push(request);
      await clock.sleep(1000);
      const results = new Map<number, Delivery>();
      let site: Answer | undefined;
      for (const { address, index } of request.recipients) {
        const attempt = (attempts.get(address) ?? 0) + 1;
        attempts.set(address, attempt);
        const { action, dsn, text, ...rest } = answer(address, attempt);
        if (rest.site) site = { action, dsn, text };
        results.set(index, { action, dsn, text, relay: request.nexthop, time: clock.now() });
      }
      return { results, ...(site ? { siteFailure: site } : {}) };
    },
    close: () => Promise.resolve(),
  };
  const bounce: Bounce = {
    async notify(notification) {
      if (state.bounceFails) throw new Error('cleanup is not there');
      notified.push(notification);
      return ['BOUNCE'];
    },
  };
  const manager = createQueueManager({
    settings: testSettings(settings),
    log,
    clock,
    store,
    rewrite,
    bounce,
    agentFor: (transport) => (transport === 'smtp' ? agent : undefined),
  });
  const add = async (recipients: readonly string[], own: Partial<Envelope> = {}) => {
    const message = store.begin();
    await message.commit({
      envelope: {
        sender: 'alice@example.org',
        arrival: clock.now(),
        client: localClient,
        bodyType: '',
        smtputf8: false,
        dsnRet: '',
        dsnEnvid: '',
        contentFilter: '',
        redirectTo: '',
        kind: 'mail',
        ...own,
      },
      recipients: recipients.map((address) => ({ address, original: address, dsnNotify: 0 })),
      hold: false,
    });
    manager.arrived(message.queueId);
    return message.queueId;
  };
  return { store, log, clock, requests, notified, attempts, state, manager, add };
}

const told = (notified: readonly Notification[]): string[] =>
  notified.map(
    ({ kind, recipients }) => `${kind} ${recipients.map(({ address }) => address).join(' ')}`,
  );

const reasons = (notified: readonly Notification[]): string[] =>
  notified.flatMap(({ recipients }) => recipients.map(({ delivery }) => delivery.text));

test('delivered mail is removed', async () => {
  const { store, log, clock, requests, notified, add } = queue();
  const id = await add(['a@mx.test', 'b@mx.test', 'c@other.test']);
  await clock.advance(5000);
  assert.equal(store.info(id), undefined);
  assert.deepEqual(
    requests.map(({ nexthop, recipients }) => [nexthop, recipients.map(({ index }) => index)]),
    [
      ['mx.test', [0, 1]],
      ['other.test', [2]],
    ],
  );
  assert.deepEqual(notified, []);
  assert.deepEqual(log.lines, [
    `info ${id}: from=<alice@example.org>, size=0, nrcpt=3 (queue active)`,
    `info ${id}: removed`,
  ]);
});

test('what was refused for now is tried again after the backoff, and only that', async () => {
  const { store, clock, attempts, notified, add } = queue({
    answer: (address, attempt) =>
      address === 'b@mx.test' && attempt < 3 ? answers.deferred : answers.sent,
  });
  const id = await add(['a@mx.test', 'b@mx.test']);
  await clock.advance(2000);
  const info = store.info(id);
  assert.equal(info?.state, 'deferred');
  assert.equal(info.due, clock.now() - 1000 + 5 * minute);
  assert.deepEqual(
    store.recipients(id, 0, 9).map(({ status, delivery }) => [status, delivery?.dsn]),
    [
      ['done', '2.0.0'],
      ['pending', '4.2.0'],
    ],
  );
  await clock.advance(30 * minute);
  assert.equal(store.info(id), undefined);
  assert.deepEqual([...attempts.values()], [1, 3]);
  assert.deepEqual(notified, []);
});

test('what bounced is reported to the sender before the message goes', async () => {
  const { store, clock, notified, add } = queue({
    answer: (address) => (address === 'b@mx.test' ? answers.bounced : answers.sent),
  });
  const id = await add(['a@mx.test', 'b@mx.test', 'c@bad.test']);
  await clock.advance(5000);
  assert.deepEqual(told(notified), ['failure c@bad.test b@mx.test']);
  assert.equal(store.info(id), undefined);
});

test('when the sender cannot be told, no one gets the mail again, and he is told later', async () => {
  const { store, clock, attempts, notified, state, add } = queue({
    answer: (address) => (address === 'b@mx.test' ? answers.bounced : answers.sent),
  });
  state.bounceFails = true;
  const id = await add(['a@mx.test', 'b@mx.test']);
  await clock.advance(20 * minute);
  assert.deepEqual(
    store.recipients(id, 0, 9).map(({ status }) => status),
    ['done', 'owed'],
  );
  state.bounceFails = false;
  await clock.advance(60 * minute);
  assert.deepEqual(told(notified), ['failure b@mx.test']);
  assert.deepEqual([...attempts.values()], [1, 1]);
  assert.equal(store.info(id), undefined);
});

test('when the outcome cannot be stored, the mail is not delivered again', async () => {
  const { store, clock, attempts, log, add } = queue();
  store.failures = 3;
  const id = await add(['a@mx.test']);
  await clock.advance(5 * minute);
  assert.equal(store.info(id), undefined);
  assert.deepEqual([...attempts.values()], [1]);
  assert.equal(log.lines.filter((line) => line.includes('the outcome is not stored')).length, 3);
});

test('mail that waited for its whole life is returned', async () => {
  const { store, clock, notified, log, attempts, add } = queue({ answer: () => answers.deferred });
  const id = await add(['a@mx.test']);
  await clock.advance(5 * day);
  assert.deepEqual(notified, []);
  await clock.advance(2 * 60 * minute);
  assert.deepEqual(told(notified), ['failure a@mx.test']);
  assert.equal(store.info(id), undefined);
  assert.ok((attempts.get('a@mx.test') ?? 0) > 100);
  const line = `info ${id}: from=<alice@example.org>, status=expired, returned to sender`;
  assert.ok(log.lines.includes(line));
});

test('mail that postsuper -e marked before its first try is returned, too', async () => {
  const { store, clock, notified, log, attempts, add } = queue({
    settings: { qmgr_message_active_limit: '1' },
  });
  await add(['a@mx.test']);
  const id = await add(['b@mx.test']);
  await store.expire(id);
  await clock.advance(5000);
  assert.deepEqual([...attempts.keys()], ['a@mx.test']);
  assert.deepEqual(reasons(notified), ['message is administratively expired']);
  assert.ok(log.lines.some((line) => /to=<b@mx\.test>.*status=deferred/.test(line)));
  assert.equal(store.info(id), undefined);
});

test('mail that postsuper -e marked is returned without another try', async () => {
  const { store, clock, notified, log, attempts, manager, add } = queue({
    answer: () => answers.deferred,
  });
  const id = await add(['a@mx.test']);
  await clock.advance(5000);
  await store.expire(id);
  manager.flushOne(id);
  await clock.advance(5000);
  assert.equal(attempts.get('a@mx.test'), 1);
  assert.deepEqual(told(notified), ['failure a@mx.test']);
  assert.ok(log.lines.some((line) => line.includes('status=force-expired, returned to sender')));
  assert.deepEqual(reasons(notified), ['450 later']);
  assert.equal(store.info(id), undefined);
});

test('the sender is told once that mail is late', async () => {
  const { store, clock, notified, add } = queue({
    settings: { delay_warning_time: '1h' },
    answer: () => answers.deferred,
  });
  const id = await add(['a@mx.test']);
  await clock.advance(day);
  assert.deepEqual(told(notified), ['delay a@mx.test']);
  assert.equal(store.info(id)?.warned, true);
});

test('mail for a transport that is not there waits', async () => {
  const { store, clock, log, add } = queue();
  const ids = [await add(['a@none.test', 'b@none.test']), await add(['c@none.test'])];
  await clock.advance(5000);
  for (const id of ids) assert.equal(store.info(id)?.state, 'deferred');
  assert.equal(
    log.lines.filter((line) => line.startsWith('warning connect to transport private/none')).length,
    1,
  );
  assert.match(log.lines.join('\n'), /to=<c@none\.test>.*\(mail transport unavailable\)/);
});

test('an address that cannot be resolved now waits', async () => {
  const { store, clock, add } = queue();
  const id = await add(['a@later.test']);
  await clock.advance(5000);
  assert.equal(store.recipients(id, 0, 1)[0]?.delivery?.text, 'address resolver failure');
});

test('what waits for a dead destination is deferred without a try', async () => {
  const { store, clock, requests, add } = queue({
    settings: { default_destination_concurrency_failed_cohort_limit: '1' },
    answer: () => answers.dead,
  });
  for (let count = 0; count < 30; count += 1) await add([`u${count}@mx.test`]);
  await clock.advance(10_000);
  assert.ok(requests.length < 10, `${requests.length} tries`);
  const infos = [...store.list()];
  assert.equal(infos.length, 30);
  for (const { queueId, state } of infos) {
    assert.equal(state, 'deferred');
    assert.match(store.recipients(queueId, 0, 1)[0]?.delivery?.text ?? '', /connection refused/);
  }
});

test('with a rate delay one message of several deliveries goes on after each pause', async () => {
  const { store, clock, requests, add } = queue({
    settings: { smtp_destination_rate_delay: '10s', smtp_destination_recipient_limit: '2' },
  });
  const id = await add([1, 2, 3, 4, 5].map((number) => `u${number}@mx.test`));
  await clock.advance(40_000);
  assert.equal(requests.length, 3);
  assert.equal(store.info(id), undefined);
});

test('thousands of recipients are all tried, a portion at a time', async () => {
  const { store, clock, attempts, notified, add } = queue({
    answer: (address) => (address.startsWith('bad') ? answers.bounced : answers.sent),
  });
  const id = await add(
    Array.from({ length: 2500 }, (_, index) => `${index % 1000 ? 'u' : 'bad'}${index}@mx.test`),
  );
  await clock.advance(5 * minute);
  assert.equal(attempts.size, 2500);
  assert.equal(store.info(id), undefined);
  assert.deepEqual(told(notified), [
    'failure bad0@mx.test',
    'failure bad1000@mx.test',
    'failure bad2000@mx.test',
  ]);
});

test('at a stop deliveries under way end, and the rest waits in the queue', async () => {
  const { store, clock, manager, attempts, add } = queue({
    settings: { default_destination_concurrency_limit: '1' },
  });
  const ids = [await add(['a@mx.test']), await add(['b@mx.test']), await add(['c@mx.test'])];
  await clock.advance(500);
  const stopped = manager.stop();
  await clock.advance(2000);
  await stopped;
  assert.deepEqual([...attempts.keys()], ['a@mx.test']);
  assert.deepEqual(
    [...store.list()].map(({ queueId }) => queueId),
    ids.slice(1),
  );
  assert.equal((await store.claim('deferred', clock.now(), 9)).length, 2);
});

test('a message deleted while it is delivered is let go', async () => {
  const { store, clock, manager, log, add } = queue();
  const id = await add(['a@mx.test']);
  await clock.advance(500);
  await store.delete(id);
  await clock.advance(2000);
  await manager.stop();
  assert.ok(!log.lines.some((line) => line.startsWith('warning')));
});

test('whatever comes out of deliveries, every recipient is sent, reported, or pending', async () => {
  const outcome = fc.constantFrom(...(Object.keys(answers) as (keyof typeof answers)[]));
  const address = fc
    .tuple(fc.nat(30), fc.constantFrom('mx', 'other', 'third', 'none', 'bad', 'later'))
    .map(([user, domain]) => `u${user}@${domain}.test`);
  const message = fc.uniqueArray(address, { minLength: 1, maxLength: 12 });
  const run = async (
    messages: readonly string[][],
    outcomes: readonly (keyof typeof answers)[],
    bounceFails: boolean,
  ): Promise<void> => {
    let turn = 0;
    const { store, clock, notified, state, manager, requests, add } = queue({
      settings: { default_destination_recipient_limit: '3', maximal_queue_lifetime: '1h' },
      answer: () => answers[outcomes[(turn += 1) % outcomes.length] ?? 'sent'],
    });
    state.bounceFails = bounceFails;
    const ids: string[] = [];
    for (const recipients of messages) ids.push(await add(recipients));
    await clock.advance(20 * minute);
    state.bounceFails = false;
    await clock.advance(20 * minute);
    ids.forEach((id, index) => {
      const addresses = messages[index] ?? [];
      const reported = notified
        .filter(({ queueId }) => queueId === id)
        .flatMap(({ recipients }) => recipients.map((recipient) => recipient.address));
      assert.equal(new Set(reported).size, reported.length, 'reported once');
      const left = new Map(store.recipients(id, 0, 99).map((one) => [one.address, one]));
      const tried = requests.filter(({ queueId }) => queueId === id);
      for (const one of addresses) {
        const delivery = left.get(one)?.delivery;
        const isPending = left.get(one)?.status === 'pending';
        const wasTried = tried.some(({ recipients }) => recipients.some((r) => r.address === one));
        const isReported = reported.includes(one) || left.get(one)?.status === 'owed';
        assert.ok(!(isPending && isReported), `${one} is reported and tried again`);
        assert.ok(isPending || isReported || wasTried, `${one} is lost`);
        if (delivery?.action === 'bounced') assert.ok(isReported, `${one} is told of`);
      }
    });
    const stopped = manager.stop();
    await clock.advance(5000);
    await stopped;
    for (const { state: was } of store.list()) assert.equal(was, 'deferred');
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { minLength: 1, maxLength: 6 }),
      fc.array(outcome, { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      run,
    ),
    { numRuns: 25 },
  );
});

test('with VERP each recipient is delivered to, and told of, by a sender of its own', async () => {
  const { clock, requests, notified, add } = queue({
    answer: (address) => (address === 'c@mx.test' ? answers.sent : answers.bounced),
  });
  await add(['a@mx.test', 'b@mx.test', 'c@mx.test', 'd@bad.test'], { verp: '+=' });
  await clock.advance(5000);
  assert.deepEqual(
    requests.map(({ envelope, recipients }) => [
      envelope.sender,
      envelope.verp,
      recipients.map(({ address }) => address).join(' '),
    ]),
    ['a', 'b', 'c'].map((name) => [
      `alice+${name}=mx.test@example.org`,
      undefined,
      `${name}@mx.test`,
    ]),
  );
  assert.deepEqual(
    notified.map(({ envelope, to }) => [envelope.sender, to]),
    ['d=bad', 'a=mx', 'b=mx'].map((name) => [
      'alice@example.org',
      `alice+${name}.test@example.org`,
    ]),
  );
});

test('with disable_verp_bounces the plain sender is told of all', async () => {
  const { clock, notified, add } = queue({
    settings: { disable_verp_bounces: 'yes' },
    answer: () => answers.bounced,
  });
  await add(['a@mx.test', 'b@mx.test'], { verp: '+=' });
  await clock.advance(5000);
  assert.deepEqual(told(notified), ['failure a@mx.test b@mx.test']);
  assert.equal(notified[0]?.to, undefined);
});
