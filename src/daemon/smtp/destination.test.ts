import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeDns, type Zone } from '../../testing/fake-dns.js';
import { memoryLog } from '../../testing/memory-log.js';
import { testSettings } from '../../testing/settings.js';
import { clientSettings } from './client-settings.js';
import { balanced, Destinations } from './destination.js';
import { parsePlace } from './place.js';
import { Trouble } from './trouble.js';

const zone: Zone = {
  'mx.test MX': ['20 backup.test', '10 best.test'],
  'best.test A': ['192.0.2.1'],
  'best.test AAAA': ['2001:db8::1'],
  'backup.test A': ['192.0.2.2'],
  'plain.test A': ['192.0.2.3'],
  'null.test MX': ['0 .'],
  'broken.test MX': 'try-again',
  'refused.test MX': 'failed',
  'nowhere.test MX': ['10 gone.test', '20 slow.test'],
  'slow.test A': 'try-again',
  'slow.test AAAA': 'no-data',
  'gone2.test MX': ['10 gone.test'],
  'own.test MX': ['10 us.test', '20 backup.test'],
  'second.test MX': ['10 best.test', '20 us.test', '30 backup.test'],
  'lost.test MX': ['10 gone.test', '20 us.test'],
  'us.test A': ['127.0.0.1'],
  'xn--bcher-kva.test A': ['192.0.2.4'],
  'empty.test NS': ['ns.test'],
};

async function resolve(
  nexthop: string,
  settings: Readonly<Record<string, string>> = {},
  lmtp = false,
): Promise<string[]> {
  const log = memoryLog();
  const all = testSettings({ smtp_address_preference: 'ipv6', ...settings });
  const destinations = new Destinations(
    clientSettings(all, lmtp),
    { log, resolver: fakeDns(zone) },
    new Set(['4 2130706433']), // 127.0.0.1
  );
  try {
    const { servers, isExchanger } = await destinations.servers(parsePlace(nexthop, '25'));
    const list = servers.map(({ host, address, port }) => `${host}[${address}]:${port}`);
    return isExchanger ? [...list, 'exchanger'] : list;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return [...log.lines, `${error.why.dsn} ${error.why.text}`];
  }
}

const notFound = (name: string, type: string, words: string): string =>
  `Host or domain name not found. Name service error for name=${name} type=${type}: ${words}`;

const rows: readonly [
  name: string,
  nexthop: string,
  servers: readonly string[],
  settings?: Readonly<Record<string, string>>,
][] = [
  [
    'exchangers come in the order of their preference',
    'mx.test',
    ['best.test[2001:db8::1]:25', 'best.test[192.0.2.1]:25', 'backup.test[192.0.2.2]:25'],
  ],
  ['brackets skip the exchangers', '[plain.test]:2525', ['plain.test[192.0.2.3]:2525']],
  ['a port may stand behind a name', 'plain.test:2525', ['plain.test[192.0.2.3]:2525']],
  ['without exchangers the name itself is one', 'plain.test', ['plain.test[192.0.2.3]:25']],
  ['an address needs no look-up', '[192.0.2.9]', ['192.0.2.9[192.0.2.9]:25']],
  ['an IPv6 address may have its tag', '[ipv6:2001:db8::9]:26', ['2001:db8::9[2001:db8::9]:26']],
  [
    'a name beyond ASCII is asked for by its A-label',
    'bücher.test',
    ['xn--bcher-kva.test[192.0.2.4]:25'],
  ],
  [
    'a null MX takes no mail',
    'null.test',
    ['5.1.0 Domain null.test does not accept mail (nullMX)'],
  ],
  [
    'a name that does not exist bounces',
    'no.test',
    [`5.4.4 ${notFound('no.test', 'AAAA', 'Host not found')}`],
  ],
  [
    'with IPv4 alone the error names A',
    'no.test',
    [`5.4.4 ${notFound('no.test', 'A', 'Host not found')}`],
    { inet_protocols: 'ipv4' },
  ],
  [
    'a name without address bounces',
    'empty.test',
    [`5.4.4 ${notFound('empty.test', 'AAAA', 'Host found but no data record of requested type')}`],
  ],
  [
    'a look-up that fails waits',
    'broken.test',
    [`4.4.3 ${notFound('broken.test', 'MX', 'Host not found, try again')}`],
  ],
  [
    'a look-up that is refused bounces',
    'refused.test',
    [`5.4.3 ${notFound('refused.test', 'MX', 'Non-recoverable error')}`],
  ],
  [
    'a failed look-up may be overlooked',
    'broken.test',
    [`5.4.4 ${notFound('broken.test', 'AAAA', 'Host found but no data record of requested type')}`],
    { ignore_mx_lookup_error: 'yes' },
  ],
  [
    'no exchanger can be found: one that may be later decides',
    'nowhere.test',
    [
      'warning no MX host for nowhere.test has a valid address record',
      `4.4.3 ${notFound('slow.test', 'A', 'Host not found, try again')}`,
    ],
  ],
  [
    'exchangers without addresses bounce',
    'gone2.test',
    [
      'warning no MX host for gone2.test has a valid address record',
      `5.4.4 ${notFound('gone.test', 'AAAA', 'Host not found')}`,
    ],
  ],
  [
    'or wait, where main.cf says so',
    'gone2.test',
    [
      'warning no MX host for gone2.test has a valid address record',
      `4.4.4 ${notFound('gone.test', 'AAAA', 'Host not found')}`,
    ],
    { smtp_defer_if_no_mx_address_found: 'yes' },
  ],
  ['mail for ourselves loops', 'own.test', ['5.4.6 mail for own.test loops back to myself']],
  [
    'at another port it is another server',
    'own.test:26',
    ['us.test[127.0.0.1]:26', 'backup.test[192.0.2.2]:26'],
  ],
  [
    'only those better than ourselves are tried',
    'second.test',
    ['best.test[2001:db8::1]:25', 'best.test[192.0.2.1]:25', 'exchanger'],
  ],
  [
    'a better one that is not found does not make us the best',
    'lost.test',
    ['4.4.4 unable to find primary relay for lost.test'],
  ],
  ['a host that is ourselves loops', '[us.test]', ['5.4.6 mail for us.test loops back to myself']],
  [
    'what is no name bounces',
    'a..b',
    ['5.4.4 Name service error for a..b: invalid host or domain name'],
  ],
  [
    'without the DNS the tables of the system are asked',
    'localhost:26',
    ['localhost[127.0.0.1]:26'],
    { disable_dns_lookups: 'yes', inet_protocols: 'ipv4' },
  ],
];

for (const [name, nexthop, servers, settings] of rows) {
  test(name, async () => assert.deepEqual(await resolve(nexthop, settings), servers));
}

test('equals come in any order', async () => {
  const seen = new Set<string>();
  for (let count = 0; count < 60; count += 1)
    seen.add((await resolve('mx.test', { smtp_address_preference: 'any' }))[0] ?? '');
  assert.deepEqual([...seen].sort(), ['best.test[192.0.2.1]:25', 'best.test[2001:db8::1]:25']);
});

test('LMTP asks for no exchangers', async () => {
  assert.deepEqual(await resolve('plain.test:24', {}, true), ['plain.test[192.0.2.3]:24']);
});

test('a next hop that cannot be read waits until it is mended', () => {
  for (const text of ['[a', 'a:b:c', 'a:nosuchservice', 'a:0'])
    assert.throws(
      () => parsePlace(text, '25'),
      (error: Trouble) => error.why.dsn === '4.3.5',
    );
});

test('neither family crowds out the other', () => {
  const of = (...addresses: string[]): string =>
    balanced(
      addresses.map((address) => ({ host: 'h', address, port: 25, preference: 0 })),
      4,
    )
      .map(({ address }) => address)
      .join(' ');
  assert.equal(of('::1', '::2', '::3', '::4', '::5', '1.1.1.1'), '::1 ::2 ::3 1.1.1.1');
  assert.equal(of('::1', '::2', '::3', '1.1.1.1', '1.1.1.2', '1.1.1.3'), '::1 ::2 1.1.1.1 1.1.1.2');
  assert.equal(of('::1', '::2', '::3', '::4', '::5'), '::1 ::2 ::3 ::4 ::5');
});
