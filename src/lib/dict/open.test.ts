import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { memoryLog } from '../../testing/memory-log.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { createDictOpener } from './open.js';
import { hash } from './type/hash.js';

const folder = temporaryFolder();

function setUp() {
  const log = memoryLog();
  const time = { now: 0 };
  const dicts = createDictOpener({ log, monotonic: () => time.now });
  return { log, time, dicts };
}

function writeHash(source: string, entries: readonly (readonly [string, string])[]): void {
  const parts = hash.format?.build(
    entries.map(([key, value]) => [Buffer.from(`${key}\0`), Buffer.from(`${value}\0`)]),
  );
  writeFileSync(`${source}.new`, Buffer.concat(parts ?? []));
  renameSync(`${source}.new`, `${source}.db`);
}

test('a missing table answers error, is logged once, and is used as soon as it is there', () => {
  const { log, time, dicts } = setUp();
  const source = path.join(folder, 'late');
  const dict = dicts.open(`hash:${source}`);
  const reason = `open database ${source}.db: No such file or directory`;
  assert.deepEqual(dict.lookup('a'), { is: 'error', reason });
  time.now += 5000;
  assert.deepEqual(dict.lookup('a'), { is: 'error', reason });
  assert.deepEqual(log.lines, [`error ${reason}`]);
  writeHash(source, [['a', '1']]);
  time.now += 1000;
  assert.deepEqual(dict.lookup('a'), { is: 'found', value: '1' });
  rmSync(`${source}.db`);
  time.now += 1000;
  assert.deepEqual(dict.lookup('a'), { is: 'error', reason });
  assert.equal(log.lines.length, 2);
  dicts.close();
});

test('a changed table is noticed within a second, and not looked at more often', () => {
  const { time, dicts } = setUp();
  const source = path.join(folder, 'changing');
  writeHash(source, [['a', '1']]);
  const dict = dicts.open(`hash:${source}`);
  assert.deepEqual(dict.lookup('a'), { is: 'found', value: '1' });
  writeHash(source, [['a', '2']]);
  assert.deepEqual(dict.lookup('a'), { is: 'found', value: '1' });
  time.now += 1000;
  assert.deepEqual(dict.lookup('a'), { is: 'found', value: '2' });
  dicts.close();
});

test('a table that has become unreadable fails closed', () => {
  const { time, dicts } = setUp();
  const source = path.join(folder, 'broken');
  writeHash(source, [['a', '1']]);
  const dict = dicts.open(`hash:${source}`);
  writeFileSync(`${source}.db`, 'no table');
  time.now += 1000;
  assert.equal((dict.lookup('a') as { is: string }).is, 'error');
  dicts.close();
});

test('all who name a table share it', () => {
  const { dicts } = setUp();
  assert.equal(dicts.open('inline:{a=b}'), dicts.open('inline:{a=b}'));
  dicts.close();
});

const wrong = [
  ['nosuch:x', 'unsupported dictionary type: nosuch'],
  ['hash:', 'open dictionary: expecting "type:name" form instead of "hash:"'],
  ['inline:a=b', 'bad syntax: "inline:a=b"; need "inline:{name=value...}"'],
  [
    'inline:{ x }',
    `missing '=' after attribute name: "inline:{ x }"; need "inline:{name=value...}"`,
  ],
  ['pipemap:{}', 'bad syntax: "pipemap:{}"; need "pipemap:{type:name...}"'],
  ['randmap:a', 'bad syntax: "randmap:a"; need "randmap:{value...}"'],
  ['static:{a', `bad static:name syntax: missing '}' in "{a"`],
  ['unix:foo', 'unknown table: unix:foo'],
  ['regexp:/no/such', 'open /no/such: No such file or directory'],
  ['socketmap:x', 'socketmap requires server:socketmap argument'],
] as const;

for (const [spec, reason] of wrong) {
  test(`${spec} cannot be used, and says why`, async () => {
    const { log, dicts } = setUp();
    assert.deepEqual(await dicts.open(spec).lookup('a'), { is: 'error', reason });
    assert.deepEqual(log.lines, [`error ${reason}`]);
    dicts.close();
  });
}

const right = [
  ['static:a b', 'x', 'a b'],
  ['static:{ a b }', 'x', 'a b'],
  ['inline:{a=1, {b = two words}, c=}', 'B', 'two words'],
  ['randmap:{one}', 'x', 'one'],
  ['pipemap:{inline:{a=b},inline:{b=c}}', 'a', 'c'],
  ['pipemap:{inline:{a=b},inline:{x=c}}', 'a', undefined],
  ['unionmap:{static:one,inline:{a=two}}', 'a', 'one,two'],
  ['proxy:inline:{a=b}', 'a', 'b'],
  ['internal:x', 'a', undefined],
  ['unix:passwd.byname', 'nosuchuser', undefined],
] as const;

for (const [spec, key, value] of right) {
  test(`${spec} gives ${value ?? 'nothing'} for ${key}`, async () => {
    const { dicts } = setUp();
    const expected = value === undefined ? { is: 'not-found' } : { is: 'found', value };
    assert.deepEqual(await dicts.open(spec).lookup(key), expected);
    dicts.close();
  });
}

test('fail: always fails, also within unionmap and pipemap', async () => {
  const { dicts } = setUp();
  for (const spec of ['fail:x', 'unionmap:{fail:x}', 'pipemap:{static:a,fail:x}'])
    assert.equal((await dicts.open(spec).lookup('a')).is, 'error');
  dicts.close();
});
