/** Client files: sqlite and memcache tables as the opener gives them, settings in main.cf, what is refused. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, test } from 'node:test';
import { loadSqlite } from '../../sys/sqlite.js';
import { memoryLog } from '../../../testing/memory-log.js';
import { temporaryFolder } from '../../../testing/temporary-folder.js';
import { createDictOpener } from '../open.js';

const folder = temporaryFolder();
const mainCf: Record<string, string> = {};
const dicts = createDictOpener({ log: memoryLog(), setting: (name) => mainCf[name] });
after(() => dicts.close());

const database = path.join(folder, 'mail.db');
writeFileSync(database, '');
const sql = loadSqlite().open(database);
sql.query('CREATE TABLE a (k text, v text)');
for (const [key, value] of [
  ["o'b@x.test", 'quoted'],
  ['m@x.test', 'one'],
  ['m@x.test', 'two@y.test'],
  ['e@x.test', ''],
  ['back\\@x.test', '%s'],
])
  sql.query(`INSERT INTO a VALUES ('${(key ?? '').replaceAll("'", "''")}', '${value ?? ''}')`);
sql.close();

let files = 0;
function client(text: string): string {
  const file = path.join(folder, `${(files += 1)}.cf`);
  writeFileSync(file, text);
  return file;
}
const query = "query = SELECT v FROM a WHERE k = '%s'\n";
const sqliteTable = (more = '') =>
  dicts.open(`sqlite:${client(`dbpath = ${database}\n${query}${more}`)}`);

const notFound = { is: 'not-found' };
const found = (value: string) => ({ is: 'found', value });

test('sqlite: quotes, backslashes, percent signs and NUL in a key are only a key', async () => {
  const table = sqliteTable();
  assert.deepEqual(await table.lookup("O'B@x.test"), found('quoted'));
  assert.deepEqual(await table.lookup('back\\@x.test'), found('%s'));
  for (const key of ["x' OR '1'='1", "'; DROP TABLE a; --", '%s@x.test', "o'b@x.test\0", '', "'"])
    assert.deepEqual(await table.lookup(key), notFound, key);
  assert.deepEqual(await table.lookup("o'b@x.test"), found('quoted'));
});

test('several values are joined; an empty one is no value; too many are an error', async () => {
  assert.deepEqual(await sqliteTable().lookup('m@x.test'), found('one,two@y.test'));
  assert.deepEqual(
    await sqliteTable('result_format = %d!%U\n').lookup('m@x.test'),
    found('y.test!m'),
  );
  assert.deepEqual(await sqliteTable().lookup('e@x.test'), notFound);
  assert.equal((await sqliteTable('expansion_limit = 1\n').lookup('m@x.test')).is, 'error');
  assert.equal((await sqliteTable('expansion_limit = 2\n').lookup('m@x.test')).is, 'found');
});

test('domain: other domains, bare names and @domain are not looked up', async () => {
  const table = sqliteTable(`domain = !y.test, inline:{x.test=1}\n`);
  assert.deepEqual(await table.lookup('m@x.test'), found('one,two@y.test'));
  for (const key of ['m@y.test', 'm', '@x.test', 'x.test', 'm@z.test'])
    assert.deepEqual(await table.lookup(key), notFound, key);
  assert.equal((await sqliteTable('domain = hash:/none\n').lookup('m@x.test')).is, 'error');
});

test('a table whose parameters stand in main.cf, and the settings of long ago', async () => {
  Object.assign(mainCf, {
    old_dbpath: database,
    old_select_field: 'v',
    old_table: 'a',
    old_where_field: 'k',
    old_additional_conditions: "AND v <> 'one'",
  });
  assert.deepEqual(await dicts.open('proxy:sqlite:old').lookup('m@x.test'), found('two@y.test'));
});

test('trouble of the database is an error, not an absence', async () => {
  const missing = client(`dbpath = ${folder}/none.db\n${query}`);
  assert.equal((await dicts.open(`sqlite:${missing}`).lookup('m@x.test')).is, 'error');
  assert.equal((await sqliteTable('query = SELEKT 1\n').lookup('m@x.test')).is, 'error');
});

const wrong = [
  ['sqlite', query, /bad string length 0 < 1: dbpath =/],
  ['sqlite', 'dbpath = /x\n', /select_field/],
  ['sqlite', 'dbpath = /x\nquery = %x\n', /invalid query template: %x/],
  ['sqlite', `dbpath = /x\n${query}expansion_limit = many\n`, /numerical configuration/],
  ['pgsql', query, /dbname/],
  ['mysql', `dbname = x\n${query}require_result_set = maybe\n`, /bad boolean configuration/],
  ['ldap', 'scope = wide\n', /scope = wide: write sub, one or base/],
  ['ldap', 'bind = sasl\nsasl_mechs = gssapi\n', /EXTERNAL and PLAIN/],
  ['memcache', 'memcache = nowhere\n', /write inet:host:port or unix:path/],
  ['sqlite', 'no equals sign\n', /missing '=' after attribute name/],
] as const;

for (const [type, text, reason] of wrong) {
  test(`${type}: refused, with the reason: ${JSON.stringify(text)}`, async () => {
    const result = await dicts.open(`${type}:${client(text)}`).lookup('a');
    assert.match(result.is === 'error' ? result.reason : result.is, reason);
  });
}

test('servers that are not there are errors for every type', async () => {
  const texts = {
    pgsql: `hosts = 127.0.0.1:1\ndbname = x\n${query}`,
    mysql: `hosts = 127.0.0.1:1\ndbname = x\noption_group =\n${query}`,
    ldap: 'server_host = ldap://127.0.0.1:1\nsearch_base = dc=x\n',
    memcache: 'memcache = inet:127.0.0.1:1\n',
  };
  for (const [type, text] of Object.entries(texts)) {
    const result = await dicts.open(`${type}:${client(text)}`).lookup('a@b');
    assert.match(result.is === 'error' ? result.reason : '', /Connection refused/, type);
  }
});

test('memcache: asks the cache, then the backup, and keeps what that knows', async () => {
  const store = new Map<string, string>();
  const heard: string[] = [];
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      const text = bytes.toString();
      heard.push(text);
      const [, verb, key = ''] = /^(get|set) (\S+)/.exec(text) ?? [];
      const value = store.get(key);
      if (verb === 'set') {
        store.set(key, text.split('\r\n')[1] ?? '');
        socket.write('STORED\r\n');
      } else if (value === undefined) socket.write('END\r\n');
      else socket.write(`VALUE ${key} 0 ${value.length}\r\n${value}\r\nEND\r\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  after(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const file = client(
    `memcache = inet:127.0.0.1:${port}\nkey_format = k:%u\nttl = 60\nflags = 1\nbackup = inline:{a@b=one}\n`,
  );
  const table = dicts.open(`memcache:${file}`);
  assert.deepEqual(await table.lookup('A@b'), found('one'));
  store.set('k:a', 'cached');
  assert.deepEqual(await table.lookup('a@b'), found('cached'));
  assert.deepEqual(await table.lookup('none@b'), notFound);
  assert.deepEqual(heard, [
    'get k:a\r\n',
    'set k:a 1 60 3\r\none\r\n',
    'get k:a\r\n',
    'get k:none\r\n',
  ]);
  heard.length = 0;
  assert.deepEqual(await table.lookup('x\r\nset k:evil 0 0 1\r\n1@b'), notFound);
  assert.deepEqual(heard, []);
});
