import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DictOpener } from '../dict/opener.js';
import type { Log } from '../log/log.js';
import { debugPeers, linesOf } from './debug-peers.js';

const noTables: DictOpener = {
  open: () => assert.fail('no table is named'),
} as unknown as DictOpener;

function bench(list: string, level = 2) {
  const lines: string[] = [];
  const log = { info: (text: string) => void lines.push(text) } as unknown as Log;
  const settings = {
    debug_peer_list: list,
    debug_peer_level: level,
    parent_domain_matches_subdomains: 'debug_peer_list',
  };
  return { lines, peers: debugPeers(settings, noTables, log) };
}

test('peers are found by name, parent domain, address and network; others are not', async () => {
  const { peers } = bench('example.test, 192.0.2.0/24');
  const isTraced = async (name: string, address: string): Promise<boolean> =>
    (await peers?.traceOf(name, address, 'x')) !== undefined;
  assert.equal(await isTraced('mx.Example.test', '198.51.100.1'), true);
  assert.equal(await isTraced('unknown', '192.0.2.9'), true);
  assert.equal(await isTraced('unknown', '198.51.100.1'), false);
});

test('an empty list and a level of 0 trace nobody', () => {
  assert.equal(bench('').peers, undefined);
  assert.equal(bench('example.test', 0).peers, undefined);
});

test('what comes with AUTH never reaches the log', async () => {
  const { lines, peers } = bench('192.0.2.1');
  const trace = await peers?.traceOf('unknown', '192.0.2.1', 'unknown[192.0.2.1]');
  for (const line of ['EHLO x', 'AUTH PLAIN AGEAYg==', ' auth  login  c2VjcmV0', 'AUTH LOGIN'])
    trace?.heard(line);
  trace?.said('250 2.0.0 Ok');
  assert.deepEqual(lines, [
    '< unknown[192.0.2.1]: EHLO x',
    '< unknown[192.0.2.1]: AUTH PLAIN ********',
    '< unknown[192.0.2.1]:  auth  login ********',
    '< unknown[192.0.2.1]: AUTH LOGIN',
    '> unknown[192.0.2.1]: 250 2.0.0 Ok',
  ]);
  assert.deepEqual(linesOf('250-a\r\n250 b\r\n'), ['250-a', '250 b']);
});
