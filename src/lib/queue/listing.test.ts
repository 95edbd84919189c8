import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testEnvelope } from '../../testing/queue-store-conformance.js';
import { jsonListing, listing } from './listing.js';
import type { MessageInfo, StoredRecipient } from './store.js';

interface Row {
  readonly message: Partial<MessageInfo> & { readonly queueId: string };
  readonly sender?: string;
  /** Address, why it waits, done. */
  readonly recipients: readonly (readonly [string, string?, 'done'?])[];
}

const arrival = new Date(2026, 10, 24, 11, 1, 36).getTime();

function queue(rows: readonly Row[]): Parameters<typeof listing>[0] {
  const recipients = new Map(
    rows.map(({ message, recipients: list }) => [
      message.queueId,
      list.map(
        ([address, text, done], index): StoredRecipient => ({
          address,
          original: address,
          dsnNotify: 0,
          index,
          status: done ?? 'pending',
          ...(text === undefined
            ? {}
            : { delivery: { action: 'deferred', dsn: '4.0.0', text, relay: 'none', time: 0 } }),
        }),
      ),
    ]),
  );
  return {
    *list() {
      for (const { message, sender = 'a@x.test', recipients: list } of rows)
        yield {
          state: 'deferred',
          envelope: { ...testEnvelope, sender, arrival },
          size: 264,
          recipientCount: list.length,
          due: 0,
          warned: false,
          forceExpire: false,
          ...message,
        };
    },
    recipients: (queueId, from, limit) => (recipients.get(queueId) ?? []).slice(from, from + limit),
  };
}

const rows: readonly Row[] = [
  {
    message: { queueId: '52E77210077' },
    recipients: [
      ['3@dead.test', 'connect to 127.0.0.1[127.0.0.1]:1: Connection refused'],
      ['gone@dead.test', 'sent', 'done'],
      ['u1@dead.test', 'connect to 127.0.0.1[127.0.0.1]:1: Connection refused'],
    ],
  },
  {
    message: { queueId: 'BF09521009E', state: 'hold', forceExpire: true, size: 1000 },
    sender: '',
    recipients: [['u 1@retry.test', 'try "again": now']],
  },
  { message: { queueId: '8B94D210058', state: 'incoming' }, recipients: [['u@x.test']] },
];

test('the listing looks as Postfix prints it', () => {
  assert.equal(
    [...listing(queue(rows))].join('\n'),
    `-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------
52E77210077     264 Tue Nov 24 11:01:36  a@x.test
                       (connect to 127.0.0.1[127.0.0.1]:1: Connection refused)
                                         3@dead.test
                                         u1@dead.test

BF09521009E!#    1000 Tue Nov 24 11:01:36  MAILER-DAEMON
                                                            (try "again": now)
                                         "u 1"@retry.test

8B94D210058*     264 Tue Nov 24 11:01:36  a@x.test
                                         u@x.test

-- 1 Kbytes in 3 Requests.`,
  );
});

test('an empty queue says so, and one message is a request', () => {
  assert.deepEqual([...listing(queue([]))], ['Mail queue is empty']);
  assert.equal([...listing(queue(rows.slice(0, 1)))].at(-1), '-- 0 Kbytes in 1 Request.');
});

test('the JSON listing has an object a line, spaced as by Postfix', () => {
  const lines = [...jsonListing(queue(rows))];
  assert.equal(
    lines[1],
    `{"queue_name": "hold", "queue_id": "BF09521009E", "arrival_time": ${Math.floor(arrival / 1000)}, ` +
      '"message_size": 1000, "forced_expire": true, "sender": "MAILER-DAEMON", "recipients": ' +
      '[{"address": "\\"u 1\\"@retry.test", "delay_reason": "try \\"again\\": now"}]}',
  );
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { queue_name: string }).queue_name),
    ['deferred', 'hold', 'active'],
  );
});

test('nothing that an address or a server said steers the terminal of who looks at the queue', () => {
  const odd = queue([
    {
      message: { queueId: 'ABC' },
      sender: 'a\x1b[2J@x.test',
      recipients: [['b\x7f\x9b@x.test', 'said \x1b]0;title\x07\u2028 no']],
    },
  ]);
  for (const line of [...listing(odd), ...jsonListing(odd)])
    assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
  const [json = ''] = jsonListing(odd);
  const { recipients } = JSON.parse(json) as { recipients: { address: string }[] };
  assert.equal(recipients[0]?.address, '"b\x7f\x9b"@x.test');
});
