/**
 * dict/type/pgsql - `pgsql:/etc/postfix/users.cf`: PostgreSQL, by the package pg. Standard: pgsql_table(5).
 */
import { readClientSettings, clientFile } from '../client/settings.js';
import { pgsqlServer } from '../client/pgsql-connection.js';
import { sqlDict } from '../client/sql.js';
import { driver } from '../client/driver.js';
import type { PgDriver } from '../client/pgsql-connection.js';
import { splitList } from '../../util/list.js';
import type { DictType } from '../type.js';

const isUri = (host: string): boolean => /^postgres(?:ql)?:\/\//.test(host);

export const pgsql: DictType = {
  name: 'pgsql',
  file: clientFile,
  open(name, context) {
    const settings = readClientSettings('pgsql', name, context);
    const pg = driver('pgsql') as PgDriver;
    const hosts = splitList(settings.text('hosts'));
    if (hosts.length === 0) hosts.push('localhost');
    const login = {
      user: settings.text('user'),
      password: settings.text('password'),
      database: hosts.every(isUri) ? settings.text('dbname') : settings.required('dbname'),
      encoding: settings.text('encoding', 'UTF8'),
    };
    if (!/^utf-?8$/i.test(login.encoding))
      context.log.warning(
        `${settings.table}: encoding = ${login.encoding}: queries are sent in UTF8, the server converts`,
      );
    const servers = hosts.map((host) => pgsqlServer(pg, host, login));
    return sqlDict('pgsql', settings, servers, context);
  },
};
