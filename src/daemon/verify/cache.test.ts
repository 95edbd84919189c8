import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { Cache, type Entry } from './cache.js';

const folder = temporaryFolder();
const ages = {
  address_verify_positive_expire_time: 100,
  address_verify_positive_refresh_time: 50,
  address_verify_negative_expire_time: 10,
  address_verify_negative_refresh_time: 5,
};
const fail = (text: string): never => assert.fail(text);
const good = (updated: number): Entry => ({ status: 'deliverable', updated, text: 'ok' });
const bad = (updated: number): Entry => ({ status: 'undeliverable', updated, text: 'no' });

test('a result is found out again after its refresh time, and forgotten after its expire time', () => {
  const cache = new Cache(ages, undefined, fail);
  cache.put('A@x', good(0), 0);
  cache.put('b@x', bad(0), 0);
  assert.equal(cache.get('a@X', 49_999)?.status, 'deliverable');
  assert.deepEqual([cache.isStale(good(0), 49_999), cache.isStale(good(0), 50_000)], [false, true]);
  assert.deepEqual([cache.isStale(bad(0), 4_999), cache.isStale(bad(0), 5_000)], [false, true]);
  assert.equal(cache.get('b@x', 10_000), undefined);
  assert.equal(cache.get('a@x', 100_000), undefined);
});

test('a failed probe does not take the place of a good result before that expires', () => {
  const cache = new Cache(ages, undefined, fail);
  cache.put('a@x', good(0), 0);
  cache.put('a@x', bad(60_000), 60_000);
  assert.equal(cache.get('a@x', 60_000)?.status, 'deliverable');
  cache.put('a@x', bad(100_000), 100_000);
  assert.equal(cache.get('a@x', 100_000)?.status, 'undeliverable');
});

test('results outlive the process; torn lines and expired results do not', () => {
  const file = path.join(folder, 'verify.jsonl');
  const first = new Cache(ages, file, fail);
  assert.deepEqual(first.load(0), { retained: 0, dropped: 0 });
  first.put('a@x', good(0), 0);
  first.put('b@x', bad(0), 0);
  appendFileSync(file, '["c@x","deliv');
  const second = new Cache(ages, file, fail);
  assert.deepEqual(second.load(20_000), { retained: 1, dropped: 1 });
  assert.equal(second.get('a@x', 20_000)?.text, 'ok');
  assert.equal(second.get('c@x', 20_000), undefined);
});
