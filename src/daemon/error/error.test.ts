import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localClient } from '../../lib/ipc/envelope.js';
import type { DeliveryRequest } from '../../lib/ipc/delivery.js';
import { fakeClock } from '../../testing/fake-clock.js';
import { memoryLog } from '../../testing/memory-log.js';
import { createError } from './main.js';

function request(nexthop: string, clock: { now(): number }): DeliveryRequest {
  return {
    queueId: 'ABC',
    transport: 'error',
    nexthop,
    envelope: {
      sender: '',
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
    recipients: [{ index: 3, address: 'u@x.test', original: 'u@x.test', dsnNotify: 0 }],
    times: { arrival: clock.now(), active: clock.now(), agent: clock.now() },
    size: 0,
    async *content() {
      // Nobody reads it.
    },
    moreWaiting: false,
    signal: new AbortController().signal,
  };
}

// Outcomes as of Debian's error(8) and retry(8) for the same next hops.
const rows: readonly (readonly ['bounced' | 'deferred', string, string, string, boolean])[] = [
  ['bounced', '5.1.2 no such place', '5.1.2', 'no such place', false],
  ['bounced', 'mail is not welcome', '5.0.0', 'mail is not welcome', false],
  ['bounced', '4.4.4 hmm', '5.0.0', 'hmm', true],
  ['deferred', 'try again', '4.0.0', 'try again', false],
  ['deferred', '4.3.0 later', '4.3.0', 'later', false],
  ['deferred', '5.1.1 never', '4.0.0', 'never', true],
];

for (const [action, nexthop, dsn, text, warns] of rows) {
  test(`"${nexthop}" is ${action} with ${dsn}`, async () => {
    const [log, clock] = [memoryLog(), fakeClock()];
    const report = await createError({ log, clock, action }).deliver(request(nexthop, clock));
    const delivery = report.results.get(3);
    assert.deepEqual([delivery?.action, delivery?.dsn, delivery?.text], [action, dsn, text]);
    assert.equal(
      log.lines.at(-1),
      `info ABC: to=<u@x.test>, relay=none, delay=0, delays=0/0/0/0, dsn=${dsn}, status=${action} (${text})`,
    );
    assert.equal(
      log.lines.some((line) => line.startsWith('warning')),
      warns,
    );
  });
}

test('under soft_bounce the log says that a bounce is soft', async () => {
  const [log, clock] = [memoryLog(), fakeClock()];
  const agent = createError({ log, clock, action: 'bounced' });
  await agent.deliver({ ...request('5.1.2 no such place', clock), softBounce: true });
  assert.match(log.lines.join('\n'), /dsn=4\.1\.2, status=SOFTBOUNCE \(no such place\)$/);
});
