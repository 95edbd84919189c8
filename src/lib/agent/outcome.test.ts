import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogStyle } from '../log/log.js';
import { logStyle } from '../log/style.js';
import { formatDelay, logDelivery } from './outcome.js';

test('a delay has two digits that mean something, and no more than the limit behind the point', () => {
  const rows: readonly (readonly [ms: number, limit: number, text: string])[] = [
    [12_345, 2, '12'],
    [9_950, 2, '10'],
    [1_234, 2, '1.2'],
    [123, 2, '0.12'],
    [23, 2, '0.02'],
    [23, 3, '0.023'],
    [4, 3, '0.004'],
    [4, 2, '0'],
    [1_634, 0, '2'],
    [1_234, 6, '1.2'],
    [0, 6, '0'],
    [-5, 2, '0'],
  ];
  for (const [ms, limit, text] of rows)
    assert.equal(formatDelay(ms, limit), text, `${ms}/${limit}`);
});

test('info_log_address_format and delay_logging_resolution_limit shape the line of a delivery', () => {
  const request = {
    queueId: 'QID',
    times: { arrival: 0, active: 4, agent: 4 },
    softBounce: false,
    probe: false,
  };
  const recipient = { address: 'a b@x.example', original: 'c d@x.example' };
  const delivery = { action: 'sent', dsn: '2.0.0', text: 'ok', relay: 'none', time: 23 } as const;
  const line = (style: LogStyle): string => {
    let seen = '';
    const info = (text: string): void => {
      seen = text;
    };
    const none = (): void => undefined;
    const log = { info, debug: none, warning: none, error: none, fatal: none, panic: none, style };
    logDelivery(log, request, recipient, delivery);
    return seen;
  };
  assert.equal(
    line(logStyle({ info_log_address_format: 'external', delay_logging_resolution_limit: 2 })),
    'QID: to=<"a b"@x.example>, orig_to=<"c d"@x.example>, relay=none, delay=0.02, delays=0/0/0/0.02, dsn=2.0.0, status=sent (ok)',
  );
  assert.equal(
    line(logStyle({ info_log_address_format: 'internal', delay_logging_resolution_limit: 3 })),
    'QID: to=<a b@x.example>, orig_to=<c d@x.example>, relay=none, delay=0.023, delays=0.004/0/0/0.019, dsn=2.0.0, status=sent (ok)',
  );
});
