import assert from 'node:assert/strict';
import test from 'node:test';
import { reply } from '../../lib/protocol/smtp/reply.js';
import { fakeDicts } from '../../testing/fake-dicts.js';
import { memoryLog } from '../../testing/memory-log.js';
import { testSettings } from '../../testing/settings.js';
import { createFooter } from './footer.js';
import type { Client } from './state.js';

const client = { name: 'c.example', address: '192.0.2.9', port: 4321 } as Client;
const refused = reply(554, '5.7.1', 'no');
const noon = new Date(2026, 0, 4, 15, 42, 0).getTime();

async function lines(settings: Record<string, string>, dicts = fakeDicts()): Promise<string[]> {
  const footer = createFooter(testSettings(settings), dicts, memoryLog());
  return [...(await footer.under(refused, client, noon)).lines];
}

test('a footer begins a line of its own, or with \\c continues the last', async () => {
  assert.deepEqual(await lines({ smtpd_reject_footer: 'call us\\nor write' }), [
    'no',
    'call us',
    'or write',
  ]);
  assert.deepEqual(await lines({ smtpd_reject_footer: '\\c. Call us' }), ['no. Call us']);
  assert.deepEqual(await lines({}), ['no']);
});

test('a footer tells of the session, and of nothing else', async () => {
  const text = '$client_address:$client_port at ($localtime) ${server_name}';
  assert.deepEqual(await lines({ smtpd_reject_footer: text, myhostname: 'mx.example' }), [
    'no',
    '192.0.2.9:4321 at (Jan  4 15:42:00) mx.example',
  ]);
  assert.deepEqual(await lines({ smtpd_reject_footer: '$sender' }), ['no']);
});

test('smtpd_reject_footer_maps goes before smtpd_reject_footer', async () => {
  const dicts = fakeDicts({ footers: { '554 5.7.1 no': 'own' } });
  const settings = { smtpd_reject_footer: 'common', smtpd_reject_footer_maps: 'test:footers' };
  assert.deepEqual(await lines(settings, dicts), ['no', 'own']);
  assert.deepEqual(await lines({ ...settings, smtpd_reject_footer_maps: 'broken:x' }, dicts), [
    'no',
    'common',
  ]);
});
