/** Table files go both ways between us and the programs that others use on them. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { memoryLog } from '../../testing/memory-log.js';
import { needs, output } from '../../testing/program.js';
import { tableEntries } from '../../testing/table-entries.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { isDatabase } from './type/database.js';
import type { DictType } from './type.js';
import { dictType } from './types.js';

const folder = temporaryFolder();
const context = {
  log: memoryLog(),
  fold: false,
  open: () => {
    throw new Error('no nested tables here');
  },
};
const entries = tableEntries(10_000, 500);

function row(type: string): DictType {
  const found = dictType(type);
  assert.ok(found);
  return found;
}

/** A file of ours with all entries; its name without suffix. */
function ours(type: string): string {
  const { format } = row(type);
  const source = path.join(folder, `ours-${type}`);
  const nul = format?.trailingNul ? '\0' : '';
  const parts = format?.build(
    entries.map(([key, value]) => [Buffer.from(key + nul), Buffer.from(value + nul)]),
  );
  writeFileSync(source + (format?.suffix ?? ''), Buffer.concat(parts ?? []));
  return source;
}

function assertHolds(type: string, source: string, expected = entries): void {
  const dict = row(type).open(source, context);
  assert.ok(isDatabase(dict));
  assert.equal([...dict.entries()].length, expected.length);
  for (const [key, value] of expected) assert.deepEqual(dict.lookup(key), { is: 'found', value });
  dict.close();
}

/** Keys and values in turn, as db_dump -p and mdb_dump -p print them. */
function parseDump(dump: string): Map<string, string> {
  const lines = dump.split('\n');
  const first = lines.indexOf('HEADER=END') + 1;
  const items = lines
    .slice(first, lines.indexOf('DATA=END', first))
    .map((line) => line.slice(1).replace(/\\00$/, ''));
  const map = new Map<string, string>();
  for (let index = 0; index + 1 < items.length; index += 2)
    map.set(items[index] ?? '', items[index + 1] ?? '');
  return map;
}

/** For db_load and mdb_load. */
function loadText(type: string): string {
  const lines = entries.flatMap(([key, value]) => [` ${key}\\00`, ` ${value}\\00`]);
  const size = type === 'lmdb' ? 'mapsize=1073741824\ndb_pagesize=4096\n' : '';
  const kind = type === 'lmdb' ? 'btree' : type;
  return `VERSION=3\nformat=print\ntype=${kind}\n${size}HEADER=END\n${lines.join('\n')}\nDATA=END\n`;
}

for (const type of ['hash', 'btree']) {
  test(
    `${type}: Berkeley DB finds our file in order, and reads it`,
    needs('db_dump', 'db-util'),
    () => {
      const file = `${ours(type)}.db`;
      output('db_verify', [file]);
      assert.deepEqual(parseDump(output('db_dump', ['-p', file]).toString()), new Map(entries));
    },
  );

  test(`${type}: Berkeley DB's file is read`, needs('db_load', 'db-util'), () => {
    const source = path.join(folder, `theirs-${type}`);
    output('db_load', [`${source}.db`], loadText(type));
    assertHolds(type, source);
  });

  test(
    `${type}: Postfix adds to our file, and makes one that we read`,
    needs('postmap', 'postfix'),
    () => {
      const directory = path.join(folder, `postfix-${type}`);
      mkdirSync(directory);
      writeFileSync(path.join(directory, 'main.cf'), 'compatibility_level = 3.6\n');
      const lines = (some: typeof entries): string =>
        some.map(([key, value]) => `${key} ${value}\n`).join('');
      const half = entries.length / 2;
      const source = ours(type);
      const more = entries.slice(half).map(([key, value]) => [`x${key}`, value] as const);
      output('postmap', ['-c', directory, '-fi', `${type}:${source}`], lines(more));
      output('db_verify', [`${source}.db`]);
      assertHolds(type, source, [...entries, ...more]);
      const made = path.join(folder, `postmap-${type}`);
      writeFileSync(made, lines(entries));
      output('postmap', ['-c', directory, '-f', `${type}:${made}`]);
      assertHolds(type, made);
    },
  );
}

test('hash: many values of one key give the first', needs('db_load', 'db-util'), () => {
  const source = path.join(folder, 'duplicates');
  const few =
    'VERSION=3\nformat=print\ntype=hash\nduplicates=1\nHEADER=END\n a\n 1\n a\n 2\nDATA=END\n';
  output('db_load', [`${source}.db`], few);
  assert.deepEqual(row('hash').open(source, context).lookup('a'), { is: 'found', value: '1' });
  const values = Array.from({ length: 3000 }, (_, index) => ` a\n value ${index}\n`).join('');
  const many = `VERSION=3\nformat=print\ntype=hash\nduplicates=1\nHEADER=END\n${values}DATA=END\n`;
  output('db_load', [`${source}-many.db`], many);
  const dict = row('hash').open(`${source}-many`, context);
  assert.deepEqual(dict.lookup('a'), { is: 'found', value: 'value 0' });
  assert.ok(isDatabase(dict));
  assert.equal([...dict.entries()].length, 3000);
});

test('cdb: tinycdb reads our file, and we read its', needs('cdb', 'tinycdb'), () => {
  const file = `${ours('cdb')}.cdb`;
  for (const [key, value] of entries.slice(0, 50))
    assert.equal(output('cdb', ['-q', file, key]).toString(), value);
  const records = entries.map(
    ([key, value]) => `+${key.length},${value.length}:${key}->${value}\n`,
  );
  const source = path.join(folder, 'theirs-cdb');
  output('cdb', ['-c', `${source}.cdb`], `${records.join('')}\n`);
  assertHolds('cdb', source);
  assert.equal(output('cdb', ['-d', file]).toString(), `${records.join('')}\n`);
  assert.ok(readFileSync(`${source}.cdb`).length > 0);
});

test(
  'lmdb: mdb_dump reads our file, and we read that of mdb_load',
  needs('mdb_dump', 'lmdb-utils'),
  () => {
    const file = `${ours('lmdb')}.lmdb`;
    assert.deepEqual(
      parseDump(output('mdb_dump', ['-n', '-p', file]).toString()),
      new Map(entries),
    );
    const source = path.join(folder, 'theirs-lmdb');
    output('mdb_load', ['-n', `${source}.lmdb`], loadText('lmdb'));
    assertHolds('lmdb', source);
  },
);
