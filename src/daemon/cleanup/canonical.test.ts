import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noOverrides } from '../../lib/ipc/conversation/cleanup.js';
import { cleanupBench, to } from '../../testing/cleanup-bench.js';

const tables = {
  canonical: {
    'joe@example.test': 'Joe.Doe@example.test',
    'a@x.example': 'b@x.example',
    'b@x.example': 'a@x.example',
  },
};
const settings = { canonical_maps: 'hash:canonical', masquerade_domains: 'example.test' };
const content = 'From: joe@example.test\nTo: sue@host.example.test, joe+ext\n\nbody\n';

test('canonical_maps and masquerading change envelope and header, piece by piece as the content comes', async () => {
  for (const pieces of [1000, 7, 1]) {
    const { put, sink } = cleanupBench(settings, tables);
    await put({
      content,
      pieces,
      envelope: { sender: 'joe@example.test' },
      recipients: [to('joe@example.test'), to('sue@host.example.test')],
      options: { localRewrite: true },
    });
    const [message] = sink.committed;
    assert.equal(message?.envelope.sender, 'Joe.Doe@example.test');
    assert.deepEqual(
      message.recipients.map(({ address, original }) => `${address} (${original})`),
      ['Joe.Doe@example.test (joe@example.test)', 'sue@host.example.test (sue@host.example.test)'],
    );
    assert.match(
      message.text,
      /\nFrom: Joe\.Doe@example\.test\nTo: sue@example\.test, Joe\.Doe\+ext@example\.test\n/,
    );
  }
});

test('maps that lead to each other end, with a warning', async () => {
  const { put, sink, log } = cleanupBench(settings, tables);
  await put({ content, recipients: [to('a@x.example')] });
  assert.equal(sink.committed[0]?.recipients[0]?.address, 'a@x.example');
  assert.match(log.lines.join('\n'), /unreasonable canonical_maps map nesting for a@x\.example/);
});

test('no_address_mappings turns it off', async () => {
  const { put, sink } = cleanupBench(settings, tables);
  await put({
    content,
    recipients: [to('joe@example.test')],
    options: { localRewrite: true, overrides: { ...noOverrides, noAddressMappings: true } },
  });
  assert.match(sink.committed[0]?.text ?? '', /\nFrom: joe@example\.test\n/);
});
