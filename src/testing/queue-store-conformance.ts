/**
 * testing/queue-store-conformance - the suite that every kind of message store passes.
 *
 * `open` makes a place for a queue; its stores see the same messages, as several processes do.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Envelope, localClient, type Recipient } from '../lib/ipc/envelope.js';
import type { Delivery } from '../lib/ipc/delivery.js';
import { type Claim, QueueError, type QueueStore, type Settlement } from '../lib/queue/store.js';
import { wireSize } from '../lib/util/line-ends.js';

export interface StorePlace {
  open(): Promise<QueueStore>;
}

const noon = Date.UTC(2026, 0, 2, 12);
const hour = 3_600_000;

export const testEnvelope: Envelope = {
  sender: 'alice@example.org',
  arrival: noon,
  client: localClient,
  bodyType: '8BITMIME',
  smtputf8: false,
  dsnRet: 'HDRS',
  dsnEnvid: 'id=1',
  contentFilter: '',
  redirectTo: '',
  kind: 'mail',
};

export function testRecipients(count: number): Recipient[] {
  return Array.from({ length: count }, (_, index) => ({
    address: `u${index}@example.net`,
    original: `ü${index}@example.net`,
    dsnNotify: index % 16,
  }));
}

export async function addMessage(
  store: QueueStore,
  {
    content = 'Subject: x\n\nhello\n',
    recipients = 1,
    hold = false,
    arrival = noon,
  }: { content?: string | Uint8Array; recipients?: number; hold?: boolean; arrival?: number } = {},
): Promise<string> {
  const message = store.begin();
  await message.write(Buffer.from(content));
  await message.commit({
    envelope: { ...testEnvelope, arrival },
    recipients: testRecipients(recipients),
    hold,
  });
  return message.queueId;
}

export async function contentOf(store: QueueStore, queueId: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of store.content(queueId)) {
    assert.ok(chunk.length <= 64 * 1024, `a chunk of ${chunk.length} bytes`);
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

const delivery: Delivery = { action: 'deferred', dsn: '4.0.0', text: 'x', relay: 'none', time: 1 };
const sent: Delivery = { ...delivery, action: 'sent', dsn: '2.0.0' };

function done(then: Settlement['then'], ...indexes: number[]): Settlement {
  return {
    recipients: new Map(indexes.map((index) => [index, { status: 'done', delivery: sent }])),
    then,
  };
}

const fails = (reason: QueueError['reason']) => (error: unknown) =>
  error instanceof QueueError && error.reason === reason;

async function claimOne(store: QueueStore, from: 'incoming' | 'deferred', now = noon) {
  const claims = await store.claim(from, now, 10);
  assert.equal(claims.length, 1);
  return claims[0] as Claim;
}

const ids = (messages: Iterable<{ readonly queueId: string }>): string[] =>
  [...messages].map(({ queueId }) => queueId);

/** Test of one store in a place of its own. */
type Body = (store: QueueStore, place: StorePlace) => Promise<void>;

const rows: readonly (readonly [name: string, body: Body])[] = [
  [
    'a committed message comes out as it went in',
    async (store) => {
      const id = await addMessage(store, { recipients: 2 });
      const claim = await claimOne(store, 'incoming');
      assert.deepEqual(claim.message, {
        queueId: id,
        state: 'incoming',
        envelope: testEnvelope,
        size: 21, // line ends count two
        recipientCount: 2,
        due: noon,
        warned: false,
        forceExpire: false,
      });
      assert.deepEqual(store.info(id), claim.message);
      assert.deepEqual(
        store.recipients(id, 0, 10),
        testRecipients(2).map((recipient, index) => ({ ...recipient, index, status: 'pending' })),
      );
      assert.equal((await contentOf(store, id)).toString(), 'Subject: x\n\nhello\n');
    },
  ],
  [
    'nothing is seen before the commit, and an abort leaves nothing',
    async (store) => {
      const message = store.begin();
      await message.write(Buffer.alloc(300_000, 'x\n'));
      assert.equal(message.size, 450_000);
      assert.deepEqual([...store.list()], []);
      assert.deepEqual(await store.claim('incoming', noon, 10), []);
      await message.abort();
      await message.abort();
      assert.deepEqual([...store.list()], []);
      assert.equal(store.info(message.queueId), undefined);
      await assert.rejects(contentOf(store, message.queueId), fails('gone'));
      const commit = { envelope: testEnvelope, recipients: [], hold: false };
      await assert.rejects(message.commit(commit));
    },
  ],
  [
    'an abort after the commit changes nothing',
    async (store) => {
      const message = store.begin();
      await message.commit({ envelope: testEnvelope, recipients: testRecipients(1), hold: false });
      await message.abort();
      assert.deepEqual(ids(store.list()), [message.queueId]);
      assert.equal((await contentOf(store, message.queueId)).length, 0);
    },
  ],
  [
    'content of any size in any pieces comes out in pieces of at most 64 KiB',
    async (store) => {
      const size = fc.oneof(fc.nat(300), fc.nat(90_000), fc.constantFrom(131_072, 131_073));
      await fc.assert(
        fc.asyncProperty(fc.array(size, { maxLength: 6 }), async (sizes) => {
          const message = store.begin();
          const pieces = sizes.map((length, index) => Buffer.alloc(length, `${index}line\n`));
          // Those who do not wait still get their order.
          for (const piece of pieces) void message.write(piece);
          const commit = { envelope: testEnvelope, recipients: testRecipients(1), hold: false };
          await message.commit(commit);
          const content = await contentOf(store, message.queueId);
          assert.ok(content.equals(Buffer.concat(pieces)));
          assert.equal(store.info(message.queueId)?.size, wireSize(content));
          const inline = store.inlineContent(message.queueId);
          assert.ok(!inline || content.equals(inline));
          assert.equal(await store.delete(message.queueId), true);
        }),
        { numRuns: 25 },
      );
    },
  ],
  [
    'a claimed message is not claimed again until it is given back and due',
    async (store) => {
      const id = await addMessage(store);
      const claim = await claimOne(store, 'incoming');
      assert.deepEqual(await store.claim('incoming', noon, 10), []);
      assert.deepEqual(await store.claimById([id], noon), []);
      await store.release(claim, noon + hour);
      assert.equal(store.nextDue(noon), noon + hour);
      assert.deepEqual(await store.claim('deferred', noon + hour - 1, 10), []);
      assert.deepEqual(await store.claim('incoming', noon + hour, 10), []);
      const again = await claimOne(store, 'deferred', noon + hour);
      assert.equal(again.queueId, id);
      assert.equal(again.message.state, 'deferred');
    },
  ],
  [
    'messages are claimed oldest first, and fewer than the limit say that there are no more',
    async (store) => {
      const added: string[] = [];
      for (const minute of [3, 1, 2, 0, 4])
        added.push(await addMessage(store, { arrival: noon + minute * 60_000 }));
      const [three, one, two, zero, four] = added;
      assert.deepEqual(ids(await store.claim('incoming', noon, 2)), [zero, one]);
      assert.deepEqual(ids(await store.claim('incoming', noon, 2)), [two, three]);
      assert.deepEqual(ids(await store.claim('incoming', noon, 2)), [four]);
      assert.deepEqual(await store.claim('incoming', noon, 2), []);
    },
  ],
  [
    'a message is claimed by its id when it is there, due and free',
    async (store) => {
      const [a, held, later] = [
        await addMessage(store),
        await addMessage(store, { hold: true }),
        await addMessage(store),
      ];
      const [claim] = await store.claimById([later], noon);
      await store.release(claim as Claim, noon + hour);
      const claims = await store.claimById([a, held, later, 'NONE'], noon);
      assert.deepEqual(ids(claims), [a]);
      assert.deepEqual(ids(await store.claimById([later], noon + hour)), [later]);
    },
  ],
  [
    'outcomes are kept, and the next claim sees them',
    async (store) => {
      const id = await addMessage(store, { recipients: 3 });
      await store.settle(await claimOne(store, 'incoming'), {
        recipients: new Map([
          [0, { status: 'done', delivery: sent }],
          [2, { status: 'owed', delivery }],
        ]),
        then: { is: 'defer', at: noon + hour },
        warned: true,
      });
      const { message } = await claimOne(store, 'deferred', noon + hour);
      assert.equal(message.warned, true);
      assert.equal(message.due, noon + hour);
      const stored = store.recipients(id, 0, 10);
      assert.deepEqual(
        stored.map(({ status }) => status),
        ['done', 'pending', 'owed'],
      );
      assert.deepEqual(stored[2]?.delivery, delivery);
      assert.equal(stored[1]?.delivery, undefined);
    },
  ],
  [
    'a claim that is kept may be settled again',
    async (store) => {
      const id = await addMessage(store, { recipients: 2 });
      const claim = await claimOne(store, 'incoming');
      await store.settle(claim, done({ is: 'keep' }, 0));
      assert.deepEqual(await store.claim('incoming', noon, 10), []);
      await store.settle(claim, done({ is: 'defer', at: noon }, 1));
      assert.deepEqual(
        store.recipients(id, 0, 2).map(({ status }) => status),
        ['done', 'done'],
      );
      await assert.rejects(store.settle(claim, done({ is: 'keep' }, 0)), fails('stale'));
    },
  ],
  [
    'a removed message is gone with its content',
    async (store) => {
      for (const content of ['small', Buffer.alloc(400_000, 'large\n')]) {
        const id = await addMessage(store, { content, recipients: 120 });
        await store.settle(await claimOne(store, 'incoming'), done({ is: 'remove' }));
        assert.equal(store.info(id), undefined);
        assert.deepEqual(store.recipients(id, 0, 10), []);
        assert.deepEqual(store.recipients(id, 60, 10), []);
        assert.deepEqual([...store.list()], []);
        await assert.rejects(contentOf(store, id), fails('gone'));
      }
    },
  ],
  [
    'hundreds of recipients are read and settled in portions',
    async (store) => {
      const id = await addMessage(store, { recipients: 230 });
      const all = store.recipients(id, 0, 1000);
      assert.deepEqual(
        all.map(({ address, index }) => [address, index]),
        testRecipients(230).map(({ address }, index) => [address, index]),
      );
      for (const [from, limit] of [
        [0, 50],
        [49, 2],
        [50, 50],
        [120, 77],
        [229, 10],
        [230, 10],
      ] as const)
        assert.deepEqual(store.recipients(id, from, limit), all.slice(from, from + limit));
      const claim = await claimOne(store, 'incoming');
      await store.settle(claim, done({ is: 'keep' }, 0, 49, 50, 199));
      await store.settle(claim, done({ is: 'defer', at: noon }, 229, 51));
      const settled = store.recipients(id, 0, 1000);
      assert.deepEqual(
        settled.filter(({ status }) => status === 'done').map(({ index }) => index),
        [0, 49, 50, 51, 199, 229],
      );
    },
  ],
  [
    'mail on hold waits for its release, and each answer says whether it applied',
    async (store) => {
      const id = await addMessage(store, { hold: true });
      assert.equal(store.info(id)?.state, 'hold');
      assert.deepEqual(await store.claim('incoming', noon + hour, 10), []);
      assert.deepEqual(await store.claim('deferred', noon + hour, 10), []);
      assert.equal(await store.hold(id), false);
      assert.equal(await store.releaseHold(id), true);
      assert.equal(await store.releaseHold(id), false);
      await claimOne(store, 'deferred');
      assert.equal(await store.hold('NONE'), false);
      assert.equal(await store.releaseHold('NONE'), false);
      assert.equal(await store.requeue('NONE'), false);
      assert.equal(await store.expire('NONE'), false);
      assert.equal(await store.delete('NONE'), false);
      assert.equal(await store.makeDue(noon, 'NONE'), 0);
    },
  ],
  [
    'a message held while it is worked on stays on hold, with its outcomes',
    async (store) => {
      const id = await addMessage(store, { recipients: 2 });
      const claim = await claimOne(store, 'incoming');
      assert.equal(await store.hold(id), true);
      await store.settle(claim, done({ is: 'defer', at: noon + hour }, 1));
      assert.equal(store.info(id)?.state, 'hold');
      assert.equal(store.recipients(id, 1, 1)[0]?.status, 'done');
      assert.deepEqual(await store.claim('deferred', noon + 2 * hour, 10), []);
    },
  ],
  [
    'a message requeued while it is worked on is due at once',
    async (store) => {
      const id = await addMessage(store);
      await store.release(await claimOne(store, 'incoming'), noon);
      const claim = await claimOne(store, 'deferred');
      assert.equal(await store.requeue(id), true);
      assert.deepEqual(await store.claim('incoming', noon, 10), []);
      await store.settle(claim, { recipients: new Map(), then: { is: 'defer', at: noon + hour } });
      assert.equal((await claimOne(store, 'incoming')).queueId, id);
    },
  ],
  [
    'a message is marked as expired once',
    async (store) => {
      const id = await addMessage(store);
      assert.equal(await store.expire(id), true);
      assert.equal(await store.expire(id), false);
      assert.equal((await claimOne(store, 'incoming')).message.forceExpire, true);
    },
  ],
  [
    'what was deleted while it was worked on cannot be settled',
    async (store) => {
      for (const content of ['small', Buffer.alloc(400_000, 'large\n')]) {
        const id = await addMessage(store, { content });
        const claim = await claimOne(store, 'incoming');
        assert.equal(await store.delete(id), true);
        assert.equal(await store.delete(id), false);
        await assert.rejects(store.settle(claim, done({ is: 'keep' }, 0)), fails('gone'));
        await assert.rejects(store.settle(claim, done({ is: 'remove' }, 0)), fails('stale'));
        assert.deepEqual([...store.list()], []);
      }
    },
  ],
  [
    'deferred mail is made due, all or one',
    async (store) => {
      for (let count = 0; count < 3; count += 1) await addMessage(store);
      const waiting = await store.claim('incoming', noon, 10);
      for (const claim of waiting) await store.release(claim, noon + hour);
      assert.equal(await store.makeDue(noon, waiting[1]?.queueId), 1);
      assert.deepEqual(ids(await store.claim('deferred', noon, 10)), [waiting[1]?.queueId]);
      assert.equal(await store.makeDue(noon), 2);
      assert.equal((await store.claim('deferred', noon, 10)).length, 2);
      assert.equal(await store.makeDue(noon), 0);
    },
  ],
  [
    'all messages are listed in order of queue id',
    async (store) => {
      const added: string[] = [];
      for (let count = 0; count < 20; count += 1)
        added.push(await addMessage(store, { hold: count % 3 === 0 }));
      assert.deepEqual(ids(store.list()), added.sort());
    },
  ],
  [
    'two stores of one place give no id twice, and lose nothing to each other',
    async (store, place) => {
      const other = await place.open();
      const seen = new Set<string>();
      for (let count = 0; count < 5000; count += 1)
        for (const one of [store, other]) seen.add(one.begin().queueId);
      assert.equal(seen.size, 10_000);
      const added = await Promise.all(
        Array.from({ length: 100 }, (_, index) => addMessage(index % 2 ? store : other)),
      );
      assert.deepEqual(ids(store.list()), added.sort());
      assert.deepEqual(ids(other.list()), added);
      assert.deepEqual(ids(await store.claim('incoming', noon, 1000)).sort(), added);
      await Promise.all(added.map((id) => other.delete(id)));
      assert.deepEqual([...store.list()], []);
      await other.close();
    },
  ],
  [
    'the result of an owner whose place was taken does not count',
    async (store, place) => {
      const id = await addMessage(store);
      const claim = await claimOne(store, 'incoming');
      const other = await place.open();
      const theirs = await claimOne(other, 'incoming');
      assert.ok(theirs.token > claim.token);
      await assert.rejects(store.settle(claim, done({ is: 'remove' }, 0)), fails('stale'));
      await assert.rejects(store.release(claim, noon), fails('stale'));
      assert.equal(other.recipients(id, 0, 1)[0]?.status, 'pending');
      await other.settle(theirs, done({ is: 'remove' }, 0));
      assert.equal(store.info(id), undefined);
      await other.close();
    },
  ],
  [
    'a successor goes on beside who handed over, and leaves alone what that still works on',
    async (store, place) => {
      const [first, second] = [await addMessage(store), await addMessage(store)];
      const [claim] = await store.claim('incoming', noon, 1);
      assert.ok(claim);
      const handover = store.handOver();
      assert.deepEqual(handover, { token: claim.token, claimed: [claim.queueId] });
      assert.deepEqual(await store.claim('incoming', noon, 10), []);
      const other = await place.open();
      other.takeOver(handover);
      const rest = [first, second].find((id) => id !== claim.queueId);
      const theirs = await other.claim('incoming', noon, 10);
      assert.deepEqual(ids(theirs), [rest]);
      assert.deepEqual(await other.claimById([claim.queueId], noon), []);
      await store.release(claim, noon);
      for (const one of theirs) await other.settle(one, done({ is: 'remove' }, 0));
      assert.deepEqual(await other.claimById([claim.queueId], noon), []);
      other.handedBack([claim.queueId]);
      assert.deepEqual(ids(await other.claimById([claim.queueId], noon)), [claim.queueId]);
      await other.close();
    },
  ],
  [
    'what a store was closed with is there when it is opened again',
    async (store, place) => {
      const content = Buffer.alloc(200_000, 'abc\n');
      const id = await addMessage(store, { content, recipients: 60 });
      await claimOne(store, 'incoming');
      await store.close();
      const reopened = await place.open();
      assert.equal((await claimOne(reopened, 'incoming')).queueId, id);
      assert.ok(content.equals(await contentOf(reopened, id)));
      assert.equal(reopened.recipients(id, 0, 100).length, 60);
      await reopened.close();
    },
  ],
  [
    'a message that another store committed is claimed by its id at once, and held from there',
    async (store, place) => {
      const other = await place.open();
      assert.deepEqual([...store.list()], []);
      const id = await addMessage(other);
      const [claim] = await store.claimById([id], noon);
      assert.equal(claim?.queueId, id);
      assert.equal(await other.hold(id), true);
      await store.release(claim, noon);
      assert.equal(other.info(id)?.state, 'hold');
      await other.close();
    },
  ],
  [
    'claims go on where the last ended, and begin anew at the end',
    async (store) => {
      const add = (at: number): Promise<string> => addMessage(store, { arrival: noon + at });
      const [third, first, second] = [await add(3), await add(1), await add(2)];
      const claimed = async (): Promise<string[]> => ids(await store.claim('incoming', noon, 2));
      assert.deepEqual(await claimed(), [first, second]);
      assert.deepEqual(await claimed(), [third]);
      const older = await add(0);
      assert.deepEqual(await claimed(), [older]);
      assert.deepEqual(await claimed(), []);
    },
  ],
  [
    'hundreds of writers at once are all stored, and settled',
    async (store) => {
      const added = await Promise.all(
        Array.from({ length: 500 }, (_, index) =>
          addMessage(store, { content: `number ${index}`, arrival: noon + index }),
        ),
      );
      for (const [index, id] of added.entries())
        assert.equal((await contentOf(store, id)).toString(), `number ${index}`);
      const claims = await store.claim('incoming', noon, 1000);
      assert.deepEqual(ids(claims), added);
      await Promise.all(
        claims.map((claim, index) =>
          store.settle(
            claim,
            done(index % 2 ? { is: 'remove' } : { is: 'defer', at: noon + index }, 0),
          ),
        ),
      );
      assert.equal([...store.list()].length, 250);
      assert.equal(store.nextDue(noon + 3), noon + 4);
    },
  ],
];

export function queueStoreConformance(name: string, newPlace: () => StorePlace): void {
  for (const [sentence, body] of rows) {
    test(`${name}: ${sentence}`, async () => {
      const place = newPlace();
      const store = await place.open();
      try {
        await body(store, place);
      } finally {
        await store.close();
      }
    });
  }
}
