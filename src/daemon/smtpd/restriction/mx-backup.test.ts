import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientList } from '../../../lib/map/match-list.js';
import { fakeDicts } from '../../../testing/fake-dicts.js';
import { fakeDns } from '../../../testing/fake-dns.js';
import { memoryLog } from '../../../testing/memory-log.js';
import { testSettings } from '../../../testing/settings.js';
import type { Check } from './check.js';
import { permitMxBackup } from './mx-backup.js';

const resolver = fakeDns({
  'backup.test MX': ['10 best.test', '20 us.test'],
  'by-name.test MX': ['10 best.test', '20 here.test'],
  'two.test MX': ['10 best.test', '10 other.test', '20 us.test'],
  'first.test MX': ['10 us.test', '20 best.test'],
  'equal.test MX': ['10 us.test', '10 best.test'],
  'elsewhere.test MX': ['10 best.test', '20 other.test'],
  'null.test MX': ['0 .'],
  'lost.test MX': 'try-again',
  'lost-best.test MX': ['10 sick.test', '20 us.test'],
  'best.test A': ['192.0.2.1', '192.0.2.2'],
  'other.test A': ['198.51.100.1'],
  'us.test A': ['203.0.113.5'],
  'sick.test A': 'try-again',
});

async function ask(recipient: string, networks = ''): Promise<[string, string]> {
  const dicts = fakeDicts();
  const check = {
    recipient,
    sender: '',
    state: { routes: new Map() },
    deferIfReject: undefined,
    core: {
      settings: testSettings({}),
      log: memoryLog(),
      resolver,
      hosts: resolver,
      addressTypes: ['A'],
      ownExchangers: new Set([`4 ${BigInt(0xcb007105)}`]),
      mxBackupNetworks:
        networks === ''
          ? undefined
          : clientList(networks, dicts, 'permit_mx_backup_networks', { matchSubdomains: false }),
      classes: {
        classOf: (name: string) => Promise.resolve(name === 'here.test' ? 'local' : 'default'),
      },
      rewrite: {
        rewrite: (address: string) => address,
        resolve: (address: string) =>
          Promise.resolve({
            is: 'route',
            recipient: address,
            routed: address.includes('%'),
            addressClass: address.endsWith('@relay.test') ? 'relay' : 'default',
          }),
      },
    },
  } as unknown as Check;
  const verdict = await permitMxBackup(check);
  const later = check.deferIfReject as { code: number; enhanced: string } | undefined;
  return [verdict.is, later ? `${later.code} ${later.enhanced}` : ''];
}

const rows: readonly (readonly [what: string, recipient: string, networks: string, is: string])[] =
  [
    ['we are a backup', 'x@backup.test', '', 'permit'],
    ['we are a backup by a name of mydestination', 'x@by-name.test', '', 'permit'],
    ['we are the best', 'x@first.test', '', 'dunno'],
    ['we are one of the best', 'x@equal.test', '', 'dunno'],
    ['we are none', 'x@elsewhere.test', '', 'dunno'],
    ['there is no exchanger', 'x@nowhere.test', '', 'dunno'],
    ['the domain takes no mail', 'x@null.test', '', 'dunno'],
    ['the domain is one that we relay for', 'x@relay.test', '', 'permit'],
    ['the address routes further', 'x%far.test@backup.test', '', 'dunno'],
    ['an address literal', 'x@[203.0.113.5]', '', 'dunno'],
    ['the best is in the networks', 'x@backup.test', '192.0.2.0/24', 'permit'],
    ['the best is in the networks by name', 'x@backup.test', 'best.test', 'permit'],
    ['an address of the best is not in the networks', 'x@backup.test', '192.0.2.1', 'dunno'],
    ['one of the best is not in the networks', 'x@two.test', '192.0.2.0/24', 'dunno'],
  ];
for (const [what, recipient, networks, is] of rows) {
  test(`${what}: ${is}`, async () => assert.deepEqual(await ask(recipient, networks), [is, '']));
}

test('a domain whose exchangers cannot be asked for now is deferred instead of refused', async () => {
  assert.deepEqual(await ask('x@lost.test'), ['dunno', '450 4.4.4']);
});

test('so is one whose best exchanger cannot be looked up, or not be vouched for', async () => {
  assert.deepEqual(await ask('x@lost-best.test'), ['permit', '450 4.4.4']);
  assert.deepEqual(await ask('x@lost-best.test', '192.0.2.0/24'), ['dunno', '450 4.4.4']);
  assert.deepEqual(await ask('x@backup.test', 'broken:x'), ['dunno', '450 4.4.4']);
});
