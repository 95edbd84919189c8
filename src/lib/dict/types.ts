/** dict/types - the kinds of lookup tables, a row each; postconf -m lists them. */
import type { DictType } from './type.js';
import { btree } from './type/btree.js';
import { cdb } from './type/cdb.js';
import { cidr } from './type/cidr.js';
import { pipemap, unionmap } from './type/combined.js';
import { hash } from './type/hash.js';
import { inline } from './type/inline.js';
import { ldap } from './type/ldap.js';
import { lmdb } from './type/lmdb.js';
import { memcache } from './type/memcache.js';
import { mysql } from './type/mysql.js';
import { nis } from './type/nis.js';
import { pcre } from './type/pcre.js';
import { pgsql } from './type/pgsql.js';
import { proxy } from './type/proxy.js';
import { regexp } from './type/regexp.js';
import { environ, fail, internal, randmap } from './type/simple.js';
import { socketmap } from './type/socketmap.js';
import { sqlite } from './type/sqlite.js';
import { staticTable } from './type/static.js';
import { tcp } from './type/tcp.js';
import { texthash } from './type/texthash.js';
import { unix } from './type/unix.js';

export const dictTypes: readonly DictType[] = [
  btree,
  cdb,
  cidr,
  environ,
  fail,
  hash,
  inline,
  internal,
  ldap,
  lmdb,
  memcache,
  mysql,
  nis,
  pcre,
  pgsql,
  pipemap,
  proxy,
  randmap,
  regexp,
  socketmap,
  sqlite,
  staticTable,
  tcp,
  texthash,
  unionmap,
  unix,
];

export function dictType(name: string): DictType | undefined {
  return dictTypes.find((type) => type.name === name);
}
