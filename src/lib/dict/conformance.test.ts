/** What holds for every kind of table that is made of entries, whatever it is kept in. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { memoryLog } from '../../testing/memory-log.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { tableEntries } from '../../testing/table-entries.js';
import type { Dict, LookupResult } from './dict.js';
import { isDatabase } from './type/database.js';
import { dictType } from './types.js';

const folder = temporaryFolder();
let files = 0;

type Entries = readonly (readonly [key: string, value: string])[];

const context = {
  log: memoryLog(),
  fold: true,
  open: () => {
    throw new Error('no nested tables here');
  },
};

/** Writes a table file as postmap does, and opens it. */
function openFile(type: string, entries: Entries): Dict & { readonly file: string } {
  const row = dictType(type);
  assert.ok(row);
  const source = path.join(folder, `table${files++}`);
  const nul = row.format?.trailingNul ? '\0' : '';
  const bytes = (text: string): Buffer => Buffer.from(text + nul);
  const parts = row.format
    ? row.format.build(entries.map(([key, value]) => [bytes(key), bytes(value)]))
    : entries.map(([key, value]) => Buffer.from(`${key} ${value}\n`));
  const file = row.format ? source + row.format.suffix : source;
  writeFileSync(file, Buffer.concat(parts));
  return Object.assign(row.open(source, context), { file });
}

const inline = (entries: Entries): Dict & { readonly file?: string } => {
  const row = dictType('inline');
  assert.ok(row);
  return row.open(`{${entries.map(([key, value]) => `{${key} = ${value}}`).join(', ')}}`, context);
};

const found = (value: string): LookupResult => ({ is: 'found', value });

function dictConformance(
  type: string,
  open: (entries: Entries) => Dict & { readonly file?: string },
): void {
  test(`${type}: finds what is there, and nothing else`, async () => {
    const dict = open([
      ['root', 'oyaji'],
      ['a@example.org', 'b@example.org, c@example.org'],
    ]);
    assert.deepEqual(await dict.lookup('root'), found('oyaji'));
    assert.deepEqual(await dict.lookup('a@example.org'), found('b@example.org, c@example.org'));
    for (const key of ['', 'roo', 'rootx', 'root ', 'b@example.org', 'root\0'])
      assert.deepEqual(await dict.lookup(key), { is: 'not-found' }, JSON.stringify(key));
    dict.close();
  });

  test(`${type}: capitals in a key do not matter, in a value they stay`, async () => {
    const dict = open([
      ['root', 'Oyaji'],
      ['stra\u00dfe'.replace('\u00df', 'ss'), 'x'],
    ]);
    assert.deepEqual(await dict.lookup('ROOT'), found('Oyaji'));
    assert.deepEqual(await dict.lookup('Stra\u00dfe'), found('x'));
    dict.close();
  });

  test(`${type}: ten thousand entries, some of them long`, { skip: type === 'inline' }, () => {
    const entries = tableEntries(10_000, type === 'lmdb' ? 500 : 5000);
    const dict = open(entries);
    for (const [key, value] of entries) assert.deepEqual(dict.lookup(key), found(value));
    for (const [key] of entries.slice(0, 1000))
      assert.deepEqual(dict.lookup(`${key}-`), { is: 'not-found' });
    if (isDatabase(dict)) {
      const listed = new Map(dict.entries());
      assert.equal(listed.size, entries.length);
      for (const [key, value] of entries) assert.equal(listed.get(key), value);
    }
    dict.close();
  });
}

for (const type of ['hash', 'btree', 'cdb', 'lmdb', 'texthash'])
  dictConformance(type, (entries) => openFile(type, entries));
dictConformance('inline', inline);

for (const type of ['hash', 'btree', 'cdb', 'lmdb']) {
  test(`${type}: an empty table has nothing`, () => {
    const dict = openFile(type, []);
    assert.deepEqual(dict.lookup('root'), { is: 'not-found' });
    assert.ok(isDatabase(dict));
    assert.deepEqual([...dict.entries()], []);
    dict.close();
  });

  test(`${type}: entries with and without a final NUL are found`, () => {
    const row = dictType(type);
    assert.ok(row?.format);
    const source = path.join(folder, `nul-${type}`);
    const parts = row.format.build([
      [Buffer.from('a\0'), Buffer.from('1\0')],
      [Buffer.from('b'), Buffer.from('2')],
    ]);
    writeFileSync(source + row.format.suffix, Buffer.concat(parts));
    const dict = row.open(source, context);
    assert.deepEqual(dict.lookup('a'), found('1'));
    assert.deepEqual(dict.lookup('b'), found('2'));
  });

  test(`${type}: a file cut off or with bad bytes answers or fails, and never hangs`, () => {
    const entries = tableEntries(300, 400);
    const row = dictType(type);
    const nul = row?.format?.trailingNul ? '\0' : '';
    const whole = Buffer.concat(
      row?.format?.build(
        entries.map(([key, value]) => [Buffer.from(key + nul), Buffer.from(value + nul)]),
      ) ?? [],
    );
    const source = path.join(folder, `damaged-${type}`);
    const file = source + (row?.format?.suffix ?? '');
    let seed = 1;
    const random = (limit: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * limit);
    };
    for (let round = 0; round < 150; round += 1) {
      const bytes = Buffer.from(round % 3 === 0 ? whole.subarray(0, random(whole.length)) : whole);
      for (let flips = 0; bytes.length > 0 && flips < round % 40; flips += 1)
        bytes[random(Math.min(bytes.length, 1 + random(bytes.length)))] = random(256);
      writeFileSync(file, bytes);
      let dict: Dict | undefined;
      try {
        dict = row?.open(source, context);
      } catch {
        continue; // said to be damaged
      }
      for (const [key] of entries.slice(0, 30)) dict?.lookup(key);
      try {
        if (dict && isDatabase(dict)) {
          assert.ok([...dict.entries()].length < 1_000_000);
        }
      } catch {
        // said to be damaged
      }
      dict?.close();
    }
  });
}
