import assert from 'node:assert/strict';
import { chmodSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { memoryLog } from '../../../testing/memory-log.js';
import { temporaryFolder } from '../../../testing/temporary-folder.js';
import { parseSourceLine } from '../text/source.js';
import { hash } from '../type/hash.js';
import { buildTable, deleteKeys, extendTable } from './build.js';
import { parseManageOptions } from './options.js';
import { messageKeys } from './message-keys.js';

const folder = temporaryFolder();
const program = {
  name: 'postmap',
  letters: 'bc:d:fFhimnNopq:rsuUvw',
  usage: '',
} as const;

function setUp(name: string, text: string, flags: readonly string[] = []) {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  const warnings: string[] = [];
  const options = parseManageOptions(program, [...flags, file], () => undefined);
  const request = {
    table: { type: 'hash', name: file },
    options,
    parse: parseSourceLine,
    extra: [],
    warn: (warning: string) => void warnings.push(warning.replaceAll(`${folder}/`, '')),
  };
  const value = (key: string): string | undefined => {
    const opened = hash.open(file, {
      log: memoryLog(),
      fold: false,
      open: () => {
        throw new Error('no nested tables');
      },
    });
    const result = opened.lookup(key) as { is: string; value?: string };
    return result.value;
  };
  return { file, options, request, warnings, value };
}

test('the first of two entries stays, and the other is warned about', () => {
  const { request, warnings, value } = setUp('dup', 'Foo a\nbad\nfoo b\n');
  buildTable(request);
  assert.equal(value('foo'), 'a');
  assert.deepEqual(warnings, [
    'dup, line 2: expected format: key whitespace value',
    'dup.db: duplicate entry: "foo"',
  ]);
});

test('-i adds, -r replaces, -w keeps without a word, -d removes', () => {
  const { request, options, warnings, value } = setUp('inc', 'a 1\nb 2\n');
  buildTable(request);
  extendTable(request, Buffer.from('a 3\nc 4\n'));
  assert.deepEqual([value('a'), value('c')], ['1', '4']);
  assert.deepEqual(warnings.splice(0), ['inc.db: duplicate entry: "a"']);
  extendTable({ ...request, options: { ...options, onDuplicate: 'ignore' } }, Buffer.from('a 5\n'));
  assert.equal(value('a'), '1');
  extendTable(
    { ...request, options: { ...options, onDuplicate: 'replace' } },
    Buffer.from('a 6\n'),
  );
  assert.equal(value('a'), '6');
  assert.deepEqual(warnings, []);
  assert.equal(deleteKeys(request.table, options, [Buffer.from('a')]), true);
  assert.equal(deleteKeys(request.table, options, [Buffer.from('a')]), false);
  assert.equal(value('a'), undefined);
});

test('a new table is as readable as its source; an old one keeps its mode; nothing else is left', () => {
  const { file, request } = setUp('mode', 'a 1\n');
  chmodSync(file, 0o640);
  buildTable(request);
  assert.equal(statSync(`${file}.db`).mode & 0o777, 0o640);
  chmodSync(`${file}.db`, 0o604);
  buildTable(request);
  assert.equal(statSync(`${file}.db`).mode & 0o777, 0o604);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('mode')),
    ['mode', 'mode.db'],
  );
});

test('a link stays a link, and what it leads to is replaced', () => {
  const { file, request, value } = setUp('linked', 'a 1\n');
  writeFileSync(path.join(folder, 'target.db'), '');
  symlinkSync('target.db', `${file}.db`);
  buildTable(request);
  assert.equal(value('a'), '1');
  assert.ok(statSync(path.join(folder, 'target.db')).size > 0);
});

test('values that are not UTF-8 are kept as they are with -u, and refused without', () => {
  const { file, request, options, warnings } = setUp('bytes', '');
  writeFileSync(file, Buffer.from('k \xff\n', 'latin1'));
  buildTable({ ...request, options: { ...options, utf8: true } });
  assert.deepEqual(warnings, ['bytes, line 1: non-UTF-8 input "k ?" -- ignoring this line']);
  buildTable({ ...request, options: { ...options, utf8: false } });
  const reader = hash.format?.read(`${file}.db`);
  assert.deepEqual(reader?.find(Buffer.from('k\0')), Buffer.from([0xff, 0]));
});

test('-h and -b take the headers and the body lines of a message', () => {
  const text =
    'From: a@b\nSubject: x\n  y\nContent-Type: multipart/mixed; boundary="q"\n\nbody:1\n--q\n' +
    'Content-Type: message/rfc822\n\nSubject: inner\n\nB3: y\n--q--\nepilogue\n';
  const plain = messageKeys(text, false);
  assert.deepEqual(plain.headers.length, 3);
  assert.equal(plain.headers[1], 'Subject: x\n  y');
  assert.equal(plain.body.length, 10);
  const mime = messageKeys(text, true);
  assert.deepEqual(mime.headers.slice(3), ['Content-Type: message/rfc822', 'Subject: inner']);
  assert.deepEqual(mime.body, ['', 'body:1', '--q', '', '', 'B3: y', '--q--', 'epilogue']);
});
