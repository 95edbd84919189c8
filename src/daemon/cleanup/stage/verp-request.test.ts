import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryLog } from '../../../testing/memory-log.js';
import { testSettings } from '../../../testing/settings.js';
import type { Message } from '../message.js';
import { verpRequest } from './verp-request.js';

const rows = [
  ['list@us.test', '+=', '+=', undefined],
  ['', '+=', undefined, 'warning Q: ignoring VERP request for null sender'],
  ['list@us.test', 'ab', undefined, 'warning Q: ignoring bad VERP request: "ab"'],
] as const;
for (const [sender, asked, verp, line] of rows) {
  test(`VERP by ${asked} of ${sender || 'nobody'} is ${verp === undefined ? 'dropped' : 'kept'}`, () => {
    const log = memoryLog();
    const core = { log, settings: testSettings({}) };
    const message = { core, queueId: 'Q', envelope: { sender, verp: asked } } as unknown as Message;
    void verpRequest.envelope?.(message);
    assert.equal(message.envelope.verp, verp);
    assert.deepEqual(log.lines, line === undefined ? [] : [line]);
  });
}
