/**
 * back-ends - real database servers, private to a run, each filled with the same entries.
 *
 * { name, type, needs, prepare(directory), start(), stop(), version(), client(kind, more) }: client() is the text of a
 * client file that answers for one kind of entry; `more` are further parameters.
 */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDaemon, stopDaemon } from '../peers/daemon.js';
import { accountId, run, waitForPort } from '../support/servers.js';
import { entries } from './entries.js';

const lines = (settings) =>
  Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');

async function must(file, args, options) {
  const result = await run(file, args, options);
  if (result.status !== 0)
    throw new Error(`${file} ${args.join(' ')}: ${result.stderr}${result.stdout}`);
  return result.stdout;
}

function ownedDirectory(directory, user) {
  mkdirSync(directory, { recursive: true });
  const { uid, gid } = accountId(user);
  chownSync(directory, uid, gid);
  return directory;
}

const sqlText = (text, backslash) =>
  `'${text.replaceAll("'", "''").replaceAll('\\', backslash ? '\\\\' : '\\')}'`;
const insertText = (backslash) => {
  const rows = entries.flatMap(({ kind, key, values }) =>
    values.map(
      (value) => `(${sqlText(kind)}, ${sqlText(key, backslash)}, ${sqlText(value, backslash)})`,
    ),
  );
  return `INSERT INTO entries (kind, k, v) VALUES ${rows.join(', ')};\n`;
};
const sqlQuery = (kind) => `SELECT v FROM entries WHERE kind = '${kind}' AND k = '%s' ORDER BY id`;

const pgBin = '/usr/lib/postgresql/15/bin';

function postgresql() {
  const port = 5432;
  let directory;
  let daemon;
  const psql = (text) =>
    must(`${pgBin}/psql`, ['-qAt', '-v', 'ON_ERROR_STOP=1', '-f', '-'], {
      input: text,
      env: {
        PGHOST: '127.0.0.1',
        PGPORT: `${port}`,
        PGUSER: 'mail',
        PGPASSWORD: "s'ecret",
        PGDATABASE: 'postgres',
      },
    });
  const backEnd = {
    name: 'PostgreSQL',
    type: 'pgsql',
    needs: { [`${pgBin}/postgres`]: 'postgresql-15' },
    reference: 'postfix-pgsql',
    async prepare(base) {
      directory = ownedDirectory(path.join(base, 'pg'), 'postgres');
      const passwordFile = path.join(base, 'pg.password');
      writeFileSync(passwordFile, "s'ecret\n");
      chmodSync(passwordFile, 0o644);
      await must('runuser', [
        '-u',
        'postgres',
        '--',
        `${pgBin}/initdb`,
        '-D',
        `${directory}/data`,
        '-U',
        'mail',
        '-A',
        'scram-sha-256',
        `--pwfile=${passwordFile}`,
        '-E',
        'UTF8',
        '--locale=C',
        '--no-sync',
      ]);
      await backEnd.start();
      await psql(
        'CREATE TABLE entries (id serial, kind text, k text, v text);\n' +
          'CREATE FUNCTION find(text) RETURNS SETOF text LANGUAGE sql AS ' +
          "$$ SELECT v FROM entries WHERE kind = 'hard' AND k = $1 ORDER BY id $$;\n" +
          `${insertText(false)}`,
      );
    },
    async start() {
      daemon = startDaemon('runuser', [
        '-u',
        'postgres',
        '--',
        `${pgBin}/postgres`,
        '-D',
        `${directory}/data`,
        '-c',
        'listen_addresses=127.0.0.1',
        '-p',
        `${port}`,
        '-k',
        directory,
        '-c',
        'fsync=off',
      ]);
      await waitForPort(port, 20_000, () => daemon.text);
      for (let waited = 0; waited < 100; waited += 1) {
        if (await psql('SELECT 1;\n').catch(() => undefined)) return;
        await sleep(100);
      }
      throw new Error(daemon.text);
    },
    async stop() {
      await must('runuser', [
        '-u',
        'postgres',
        '--',
        `${pgBin}/pg_ctl`,
        '-D',
        `${directory}/data`,
        '-m',
        'immediate',
        '-w',
        'stop',
      ]);
      await stopDaemon(daemon);
    },
    version: async () => (await psql('SHOW server_version;\n')).split(' ')[0],
    client: (kind, more = {}) =>
      lines({
        hosts: `127.0.0.1:${port}`,
        user: 'mail',
        password: "s'ecret",
        dbname: 'postgres',
        query: sqlQuery(kind),
        ...more,
      }),
    variants: {
      'a function': { query: '', select_function: 'find' },
      'old settings': sqlLegacy,
      'a UNIX socket': (base) => ({ hosts: `unix:${base}/pg` }),
      'a URI': {
        hosts: `postgresql://mail:s%27ecret@127.0.0.1:${port}/postgres`,
        user: undefined,
        password: undefined,
      },
      'a second host': { hosts: `127.0.0.1:1 127.0.0.1:${port}` },
      'backslashes that escape': {
        hosts: `postgresql://mail:s%27ecret@127.0.0.1:${port}/postgres?options=-c%20standard_conforming_strings%3Doff`,
      },
    },
  };
  return backEnd;
}

const sqlLegacy = {
  query: '',
  select_field: 'v',
  table: 'entries',
  where_field: 'k',
  additional_conditions: "AND kind = 'hard' ORDER BY id",
};

function mariadb() {
  const port = 3399;
  let directory;
  let daemon;
  const sql = (text) =>
    must('mariadb', ['--no-defaults', '-u', 'root', `--socket=${directory}/socket`, '-N'], {
      input: text,
    });
  const start = async () => {
    daemon = startDaemon('/usr/sbin/mariadbd', [
      '--no-defaults',
      '--user=mysql',
      `--datadir=${directory}/data`,
      `--socket=${directory}/socket`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--pid-file=${directory}/pid`,
      `--tmpdir=${directory}`,
      '--skip-log-bin',
      '--innodb-flush-log-at-trx-commit=0',
      '--innodb-buffer-pool-size=16M',
    ]);
    await waitForPort(port, 30_000, () => daemon.text);
  };
  const escaped = { sql_mode: 'NO_BACKSLASH_ESCAPES' };
  return {
    name: 'MariaDB',
    type: 'mysql',
    needs: { '/usr/sbin/mariadbd': 'mariadb-server' },
    reference: 'postfix-mysql',
    async prepare(base) {
      directory = ownedDirectory(path.join(base, 'mariadb'), 'mysql');
      await must('mariadb-install-db', [
        '--no-defaults',
        '--user=mysql',
        `--datadir=${directory}/data`,
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
      ]);
      await start();
      await sql(
        'CREATE DATABASE mail CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; USE mail;\n' +
          'CREATE TABLE entries (id int auto_increment primary key, kind varchar(20), k varchar(400), v text);\n' +
          "CREATE USER 'mail'@'%' IDENTIFIED BY 's\\'ecret'; GRANT ALL ON mail.* TO 'mail'@'%';\n" +
          `${insertText(true)}DELIMITER ;;\n` +
          "CREATE PROCEDURE find(IN wanted varchar(400)) BEGIN SELECT v FROM entries WHERE kind = 'hard' AND k = wanted ORDER BY id; END ;;\n" +
          'CREATE PROCEDURE nothing(IN wanted varchar(400)) BEGIN DO 0; END ;;\n',
      );
    },
    start,
    async stop() {
      await stopDaemon(daemon);
    },
    version: async () => (await sql('SELECT VERSION();\n')).split('-')[0],
    client: (kind, more = {}) =>
      lines({
        hosts: `127.0.0.1:${port}`,
        user: 'mail',
        password: "s'ecret",
        dbname: 'mail',
        option_group: '',
        query: sqlQuery(kind),
        ...more,
      }),
    variants: {
      'a procedure': { query: "CALL find('%s')" },
      'a procedure without result': { query: "CALL nothing('%s')", require_result_set: 'no' },
      'old settings': sqlLegacy,
      'a UNIX socket': (base) => ({ hosts: `unix:${base}/mariadb/socket` }),
      'a second host': { hosts: `127.0.0.1:1 127.0.0.1:${port}` },
    },
    /** Without backslash escapes a quote that is escaped by one would end the string. */
    hostile: {
      before: () => sql(`SET GLOBAL sql_mode = '${escaped.sql_mode}';\n`),
      after: () => sql("SET GLOBAL sql_mode = 'STRICT_TRANS_TABLES';\n"),
    },
  };
}

function openldap() {
  const port = 3898;
  let directory;
  let daemon;
  const base64 = (text) => Buffer.from(text).toString('base64');
  const start = async () => {
    daemon = startDaemon('/usr/sbin/slapd', [
      '-f',
      `${directory}/slapd.conf`,
      '-d',
      '0',
      '-h',
      `ldap://127.0.0.1:${port} ldapi://${encodeURIComponent(`${directory}/socket`)}`,
    ]);
    await waitForPort(port, 20_000, () => daemon.text);
  };
  return {
    name: 'OpenLDAP',
    type: 'ldap',
    needs: { '/usr/sbin/slapd': 'slapd', ldapadd: 'ldap-utils' },
    reference: 'postfix-ldap',
    async prepare(base) {
      directory = path.join(base, 'ldap');
      mkdirSync(path.join(directory, 'data'), { recursive: true });
      writeFileSync(
        path.join(directory, 'slapd.conf'),
        ['core', 'cosine', 'inetorgperson']
          .map((schema) => `include /etc/ldap/schema/${schema}.schema\n`)
          .join('') +
          `pidfile ${directory}/pid\nmoduleload back_mdb\nmodulepath /usr/lib/ldap\ndatabase mdb\nmaxsize 10485760\n` +
          `suffix "dc=test"\nrootdn "cn=admin,dc=test"\nrootpw s'ecret\ndirectory ${directory}/data\ndbnosync\n` +
          'access to * by anonymous auth by * read\n',
      );
      await start();
      const people = entries.map(
        ({ kind, key, values }, at) =>
          `dn: uid=e${at},dc=test\nobjectClass: inetOrgPerson\nuid: e${at}\ncn: e\nsn: e\nemployeeType: ${kind}\n` +
          `mail:: ${base64(key)}\n${values.map((value) => `description: ${value}\n`).join('')}`,
      );
      const group = (name, more) =>
        `dn: cn=${name},dc=test\nobjectClass: groupOfNames\nobjectClass: extensibleObject\ncn: ${name}\n${more}`;
      const groups = [
        group('team', 'mail: team@virt.test\nmember: uid=e1,dc=test\nmember: uid=e2,dc=test\n'),
        group(
          'nested',
          'mail: nested@virt.test\nmember: cn=team,dc=test\nmember: uid=e3,dc=test\nmember: uid=gone,dc=test\n',
        ),
        group('loop', 'mail: loop@virt.test\nmember: cn=loop,dc=test\n'),
        group(
          'final',
          'mail: final@virt.test\nmember: uid=e1,dc=test\nroomNumber: list@lists.example\n',
        ),
        group(
          'url',
          'mail: url@virt.test\nmember: cn=url,dc=test\nlabeledURI: ldap:///dc=test?mail?sub?(uid=e4)\n',
        ).replace('member: cn=url,dc=test\n', 'member: uid=none,dc=test\n'),
      ];
      await must(
        'ldapadd',
        ['-x', '-H', `ldap://127.0.0.1:${port}`, '-D', 'cn=admin,dc=test', '-w', "s'ecret"],
        {
          input: [
            'dn: dc=test\nobjectClass: dcObject\nobjectClass: organization\no: test\ndc: test\n',
            ...people,
            ...groups,
          ].join('\n'),
        },
      );
    },
    start,
    async stop() {
      await stopDaemon(daemon);
    },
    version: async () =>
      /slapd ([\d.]+)/.exec((await run('/usr/sbin/slapd', ['-VV'])).stderr)?.[1] ?? '2.5',
    client: (kind, more = {}) =>
      lines({
        server_host: `ldap://127.0.0.1:${port}`,
        version: '3',
        search_base: 'dc=test',
        bind: 'yes',
        bind_dn: 'cn=admin,dc=test',
        bind_pw: "s'ecret",
        query_filter: `(&(employeeType=${kind})(mail=%s))`,
        result_attribute: 'description',
        timeout: '5',
        ...more,
      }),
    variants: {
      'a UNIX socket': (base) => ({
        server_host: `ldapi://${encodeURIComponent(`${base}/ldap/socket`)}`,
      }),
      'host and port': { server_host: '127.0.0.1', server_port: `${port}` },
      'a second host': { server_host: `ldap://127.0.0.1:1 ldap://127.0.0.1:${port}` },
      'a base from the key': { search_base: 'mail=%s,dc=test', scope: 'base' },
      'scope one': { scope: 'one' },
      'filter without parentheses': { query_filter: 'mail=%s' },
      'groups by DN': {
        query_filter: '(mail=%s)',
        result_attribute: '',
        leaf_result_attribute: 'mail',
        special_result_attribute: 'member',
        moreKeys: ['team@virt.test', 'nested@virt.test', 'url@virt.test'],
      },
      'terminal groups': {
        query_filter: '(mail=%s)',
        result_attribute: 'mail',
        terminal_result_attribute: 'roomNumber',
        special_result_attribute: 'member',
        moreKeys: ['team@virt.test', 'nested@virt.test', 'final@virt.test'],
      },
      'groups by URL': {
        query_filter: '(mail=%s)',
        result_attribute: '',
        leaf_result_attribute: 'mail',
        special_result_attribute: 'labeledURI',
        moreKeys: ['url@virt.test'],
      },
    },
    /** Answers that end in an error: one key each. */
    failing: {
      'a group that names itself': {
        key: 'loop@virt.test',
        more: {
          query_filter: '(mail=%s)',
          result_attribute: 'mail',
          special_result_attribute: 'member',
          recursion_limit: '10',
        },
      },
      'a wrong password': { key: 'plain', more: { bind_pw: 'wrong' } },
      size_limit: {
        key: 'user0@virt.test',
        more: { query_filter: '(employeeType=mailbox)', size_limit: '2' },
      },
    },
  };
}

function sqlite() {
  let file;
  let blocker;
  const sql = (text) => must('sqlite3', [file], { input: text });
  return {
    name: 'SQLite',
    type: 'sqlite',
    needs: { sqlite3: 'sqlite3' },
    reference: 'postfix-sqlite',
    async prepare(base) {
      const directory = ownedDirectory(path.join(base, 'sqlite'), 'postfix');
      file = path.join(directory, 'mail.db');
      await sql(
        `CREATE TABLE entries (id integer primary key, kind text, k text, v text);\n${insertText(false)}`,
      );
      const { uid, gid } = accountId('postfix');
      chownSync(file, uid, gid);
    },
    /** There is no server: whoever writes a great deal holds the lock. */
    async start() {
      await stopDaemon(blocker);
    },
    async stop() {
      blocker = startDaemon('sh', [
        '-c',
        `(echo '.timeout 5000'; echo 'BEGIN EXCLUSIVE;'; echo '.shell echo locked'; sleep 1000) | sqlite3 ${file}`,
      ]);
      for (let waited = 0; waited < 100 && blocker.text === ''; waited += 1) await sleep(50);
    },
    version: async () => (await must('sqlite3', ['-version'])).split(' ')[0],
    client: (kind, more = {}) => lines({ dbpath: file, query: sqlQuery(kind), ...more }),
    variants: {
      'old settings': sqlLegacy,
      'numbers and NULL': { query: "SELECT id, NULL, v FROM entries WHERE k = '%s'" },
    },
  };
}

function memcached() {
  const port = 11_299;
  let daemon;
  const fill = () =>
    new Promise((resolve, reject) => {
      const socket = net.connect(port, '127.0.0.1');
      const usable = entries.filter(({ key }) => !/[\0-\x20\x7f]/.test(key));
      let answer = '';
      socket.on('error', reject);
      socket.on('data', (bytes) => {
        answer += bytes;
        if (answer.split('STORED').length > usable.length) socket.end(resolve);
      });
      for (const { kind, key, values } of usable) {
        const value = values.join(',');
        socket.write(`set ${kind}:${key} 0 0 ${value.length}\r\n${value}\r\n`);
      }
    });
  const start = async () => {
    daemon = startDaemon('memcached', [
      '-l',
      '127.0.0.1',
      '-p',
      `${port}`,
      '-U',
      '0',
      '-u',
      'nobody',
      '-m',
      '16',
    ]);
    await waitForPort(port, 10_000, () => daemon.text);
    await fill(); // it keeps nothing over a restart
  };
  return {
    name: 'memcached',
    type: 'memcache',
    needs: { memcached: 'memcached' },
    prepare: start,
    start,
    async stop() {
      await stopDaemon(daemon);
    },
    version: async () => (await must('memcached', ['-V'])).trim().split(' ')[1],
    client: (kind, more = {}) =>
      lines({ memcache: `inet:127.0.0.1:${port}`, key_format: `${kind}:%s`, ...more }),
    variants: {
      'a backup': (base) => ({ backup: `texthash:${base}/backup`, key_format: 'backup:%s' }),
      'a backup once more': (base) => ({
        backup: `texthash:${base}/backup`,
        key_format: 'backup:%s',
      }),
      'only a backup': (base) => ({
        memcache: 'inet:127.0.0.1:1',
        backup: `texthash:${base}/backup`,
      }),
    },
  };
}

export const backEnds = () => [postgresql(), mariadb(), openldap(), sqlite(), memcached()];
