/** dict/type/mysql - `mysql:/etc/postfix/users.cf`: MySQL and MariaDB, by the package mysql2. Standard: mysql_table(5). */
import { splitList } from '../../util/list.js';
import { driver } from '../client/driver.js';
import { type MysqlDriver, mysqlServer } from '../client/mysql-connection.js';
import { readOptionFiles } from '../client/mysql-options.js';
import { clientFile, readClientSettings } from '../client/settings.js';
import { parseServer, type ServerSpec, sqlDict } from '../client/sql.js';
import type { DictType } from '../type.js';

const defaultSocket = '/run/mysqld/mysqld.sock'; // where Debian's libraries look for localhost

export const mysql: DictType = {
  name: 'mysql',
  file: clientFile,
  open(name, context) {
    const settings = readClientSettings('mysql', name, context);
    const package_ = driver('mysql') as MysqlDriver;
    const options = readOptionFiles(settings);
    const tls = {
      certFile: settings.text('tls_cert_file', options['ssl-cert']),
      keyFile: settings.text('tls_key_file', options['ssl-key']),
      caFile: settings.text('tls_CAfile', options['ssl-ca']),
      caPath: settings.text('tls_CApath', options['ssl-capath']),
      ciphers: settings.text('tls_ciphers', options['ssl-cipher']),
    };
    const verifyServer = settings.bool('tls_verify_cert', false);
    const wantsTls = verifyServer || Object.values(tls).some((value) => value !== '');
    const login = {
      user: settings.text('user') || options['user'] || '',
      password: settings.text('password') || options['password'] || '',
      database: settings.required('dbname'),
      charset: settings.text('charset', 'utf8mb4'),
      requireResultSet: settings.bool('require_result_set', true),
      tls: wantsTls ? tls : undefined,
      verifyServer,
    };
    const hosts = splitList(settings.text('hosts'));
    if (hosts.length === 0) hosts.push(options['host'] ?? 'localhost');
    const server = (text: string): ServerSpec => {
      const { host, port, path } = parseServer(text);
      if (path !== undefined) return { path };
      // As the C library does: this name is the socket, 127.0.0.1 the network.
      if (host === 'localhost') return { path: options['socket'] ?? defaultSocket };
      return { host: host ?? '', port: port ?? Number(options['port'] ?? 3306) };
    };
    return sqlDict(
      'mysql',
      settings,
      hosts.map((host) => mysqlServer(package_, host, server(host), login)),
      context,
    );
  },
};
