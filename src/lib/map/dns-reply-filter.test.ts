import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeDicts } from '../../testing/fake-dicts.js';
import { fakeDns } from '../../testing/fake-dns.js';
import { memoryLog } from '../../testing/memory-log.js';
import { asText, filterReplies } from './dns-reply-filter.js';

const dns = fakeDns({
  'two.test MX': ['10 a.two.test', '20 b.two.test'],
  'one.test A': ['192.0.2.1'],
  'odd.test A': ['192.0.2.2'],
});
const tables = {
  filter: {
    'two.test. 60 in mx 10 a.two.test.': 'ignore',
    'one.test. 60 in a 192.0.2.1': 'IGNORE',
    'odd.test. 60 in a 192.0.2.2': 'NONSENSE',
  },
};

const filtering = (spec: string) => {
  const log = memoryLog();
  const parts = { dicts: fakeDicts(tables), log };
  return { log, resolver: filterReplies(dns, { name: 'x_filter', tables: spec }, parts) };
};

test('without a table the resolver is left as it is', () => {
  assert.equal(filtering('').resolver, dns);
});

test('a record that the table names is taken out, and the log says so', async () => {
  const { resolver, log } = filtering('test:filter');
  const answer = await resolver.query('two.test', 'MX');
  assert.ok(answer.is === 'found');
  assert.deepEqual(
    answer.records.map(({ value }) => value),
    ['b.two.test'],
  );
  assert.deepEqual(log.lines, ['info ignoring DNS RR: two.test. 60 IN MX 10 a.two.test.']);
});

test('an answer of which nothing is left is trouble that may pass', async () => {
  const answer = await filtering('test:filter').resolver.query('one.test', 'A');
  assert.deepEqual(answer, {
    is: 'try-again',
    reason: 'DNS reply filter drops all results',
    filtered: true,
  });
});

for (const [what, spec, name] of [
  ['an action that does not exist', 'test:filter', 'odd.test'],
  ['a table in trouble', 'broken:x', 'one.test'],
] as const) {
  test(`${what} makes the answer one that may pass`, async () => {
    const { resolver, log } = filtering(spec);
    const answer = await resolver.query(name, 'A');
    assert.ok(answer.is === 'try-again' && answer.filtered);
    assert.equal(log.lines.length, 1);
  });
}

test('what the DNS does not know is not asked for', async () => {
  const answer = await filtering('broken:x').resolver.query('nowhere.test', 'A');
  assert.equal(answer.is, 'no-host');
});

test('each kind of record has its text', () => {
  const base = { name: 'x.test', ttl: 5 };
  assert.equal(
    asText({ ...base, type: 'AAAA', value: '2001:db8::1' }),
    'x.test. 5 IN AAAA 2001:db8::1',
  );
  assert.equal(asText({ ...base, type: 'MX', value: '', preference: 0 }), 'x.test. 5 IN MX 0 .');
  assert.equal(asText({ ...base, type: 'TXT', value: 'a b' }), 'x.test. 5 IN TXT a b');
  assert.equal(
    asText({ ...base, type: 'TLSA', value: '3 1 1', data: Buffer.from('00ff', 'hex') }),
    'x.test. 5 IN TLSA 3 1 1 00FF',
  );
});
